/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static java.util.Objects.requireNonNull;

import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.source.session.PollWatch;

/**
 * One thing that keeps a queue's event tables from being rotated.
 *
 * @param identity what it is, the same at every look, e.g. {@code pid 123}
 * @param description a sentence that names it and says since when
 * @param remedy the SQL that ends it
 */
public record RotationBlocker(String identity, String description, String remedy) {
  public RotationBlocker {
    requireNonNull(identity, "identity");
    requireNonNull(description, "description");
    requireNonNull(remedy, "remedy");
  }

  static RotationBlocker consumer(
      String queue, String name, long tick, String lag, String lastSeen, long pending) {
    return new RotationBlocker(
        "consumer \"" + name + "\"",
        "consumer \"%s\" is at tick %d (lag %s, last seen %s ago, about %d events pending)"
            .formatted(name, tick, lag, lastSeen, pending),
        "start it, or if it is not needed any more: select pgq.unregister_consumer(%s, %s)"
            .formatted(Identifiers.literal(queue), Identifiers.literal(name)));
  }

  /** The connector's own consumer: to unregister it would lose changes. */
  static RotationBlocker own(String name, long tick, String lag, long pending) {
    return new RotationBlocker(
        "consumer \"" + name + "\"",
        "this connector's own consumer \"%s\" is at tick %d (lag %s, about %d events pending): it is"
                .formatted(name, tick, lag, pending)
            + " paused, or far behind, or Kafka does not take its records",
        "resume it (PUT /connectors/<name>/resume), or check the worker's log");
  }

  /**
   * A session of another program on the provider.
   *
   * @param state null when the role cannot see what other sessions do
   * @param viewer that role
   */
  record Backend(
      int pid,
      String database,
      String user,
      String application,
      String state,
      String age,
      String viewer) {
    private String identity() {
      return "pid " + pid;
    }

    private String description(String what) {
      String seen =
          state == null && age == null
              ? "what it does is not shown to this role: GRANT pg_read_all_stats TO %s;"
                  .formatted(Identifiers.quote(viewer))
              : "%s, transaction open for %s".formatted(state, age);
      return "%s of pid %d (database %s, user %s, application '%s', %s)"
          .formatted(what, pid, database, user, application, seen);
    }
  }

  static RotationBlocker session(String what, Backend backend) {
    return new RotationBlocker(
        backend.identity(),
        backend.description(what),
        "end it: select pg_terminate_backend(%d)".formatted(backend.pid));
  }

  /** The connector's own reader: to end it would start its batch again. */
  static RotationBlocker reader(String what, Backend backend) {
    return new RotationBlocker(
        backend.identity(),
        backend.description(what) + ", this connector's own: it is in the middle of a long batch",
        ("wait: rotation continues when the batch is published, or abandoned %d minutes after the"
                + " connector was paused. Do not end the session: the batch would start again")
            .formatted(PollWatch.FORGOTTEN.toMinutes()));
  }

  /** Another session of this connector's, or one of another connector on the server. */
  static RotationBlocker connector(String what, Backend backend) {
    return new RotationBlocker(
        backend.identity(),
        backend.description(what) + ", a connector's: a reader's lasts as long as its batch",
        "wait. If it does not end, check that connector: "
            + Remedy.status()
            + ", or the worker's log");
  }

  static RotationBlocker prepared(String gid, String owner, String database, String age) {
    return new RotationBlocker(
        "prepared transaction '" + gid + "'",
        "prepared transaction '%s' (database %s, owner %s, prepared %s ago)"
            .formatted(gid, database, owner, age),
        "in database %s: commit prepared %s, or rollback prepared %s"
            .formatted(database, Identifiers.literal(gid), Identifiers.literal(gid)));
  }

  static RotationBlocker none() {
    return new RotationBlocker(
        "no maintenance",
        "nothing blocks it, so no program runs PgQ's maintenance: pgqd, which ticker=external"
            + " leaves it to, is down or fails",
        "check pgqd's log, or set ticker=embedded");
  }

  static RotationBlocker unknown() {
    return new RotationBlocker(
        "unknown",
        "what blocks it is not visible to this role",
        "check the server's log for warnings of pgq.maint_rotate_tables_step1");
  }
}
