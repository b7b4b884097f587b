/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.status;

import java.util.Map;
import java.util.Optional;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.install.SubscriptionStatus;
import org.pgqconnect.sink.install.SubscriptionStatus.Session;

/**
 * Reports a sink that is connected and stores nothing. A sink stores its position with each batch,
 * also with the empty ones of an idle queue; a large one may take long, and then its session is
 * seen to work.
 *
 * @param boundSeconds how long a sink may store nothing
 * @param hearsHeartbeats whether batches have to come within that time
 */
record StalledSink(long boundSeconds, boolean hearsHeartbeats) {
  static final String SOURCE_SILENCE = "source.silence.max.ms";
  private static final long SOURCE_SILENCE_DEFAULT = 60_000;

  /** A lock that is held this long is more than traffic. */
  private static final long BLOCKED_SECONDS = 10;

  /**
   * @param config the sink connector's
   * @param maxWaitSeconds how long a sink may wait for something
   */
  static StalledSink bound(Map<String, String> config, long maxWaitSeconds) {
    long silence = SOURCE_SILENCE_DEFAULT;
    try {
      silence = Long.parseLong(config.getOrDefault(SOURCE_SILENCE, "").trim());
    } catch (NumberFormatException e) {
      silence = SOURCE_SILENCE_DEFAULT; // Validation reports a wrong one.
    }
    return new StalledSink(Math.max(maxWaitSeconds, silence / 1000), silence > 0);
  }

  /** Since when the sink stores nothing, why, and what to do; nothing while it does, or works. */
  Optional<String> problem(SubscriptionStatus status) {
    Session session = status.session();
    if (session == null || status.tickId() == null || status.updatedSeconds() <= boundSeconds) {
      return Optional.empty();
    }
    if (session.waitEvent() != null && session.seconds() >= BLOCKED_SECONDS) {
      return Optional.of(said(status, blocked(session)));
    }
    if (session.seconds() <= boundSeconds) {
      return Optional.empty();
    }
    if (session.state().equals("active")) {
      return Optional.of(said(status, slow(session)));
    }
    if (session.state().startsWith("idle in transaction")) {
      return Optional.of(said(status, halfBatch(session)));
    }
    return status.waitingFor() == null && hearsHeartbeats
        ? Optional.of(said(status, idle()))
        : Optional.empty();
  }

  private static String said(SubscriptionStatus status, String why) {
    return "has stored nothing for %d s, since %s. %s"
        .formatted(status.updatedSeconds(), status.updatedAt(), why);
  }

  private static String blocked(Session session) {
    if (session.waitEvent().equals("SyncRep")) {
      return ("Its COMMIT has waited for %d s for a standby that synchronous_standby_names of the"
              + " subscriber names and that does not answer. Start that standby, or let no"
              + " session wait for it. Run on the subscriber: ALTER SYSTEM SET"
              + " synchronous_standby_names = ''; SELECT pg_reload_conf();")
          .formatted(session.seconds());
    }
    String holders = session.blockedBy();
    if (holders == null || holders.isEmpty()) {
      return ("Its session has waited for a lock (%s) for %d s. Run on the subscriber: SELECT"
              + " * FROM pg_locks WHERE pid = %d AND NOT granted;")
          .formatted(session.waitEvent(), session.seconds(), session.pid());
    }
    return ("Its session has waited for a lock for %d s, which other sessions of the subscriber"
            + " hold or wait for. Run there, to see them: SELECT pid, usename, state, query"
            + " FROM pg_stat_activity WHERE pid IN (%2$s); They have to end their transactions,"
            + " or: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN (%2$s);"
            + " A pid of 0 is a prepared transaction: SELECT * FROM pg_prepared_xacts;")
        .formatted(session.seconds(), holders);
  }

  private static String slow(Session session) {
    return ("Its session has run one statement for %d s. Run on the subscriber, to see it: SELECT"
            + " query, wait_event FROM pg_stat_activity WHERE pid = %d; A trigger of the"
            + " subscriber or a missing index may make it slow, or the size of the batch. When"
            + " it takes longer than statement.timeout.ms of the sink, it is undone and tried"
            + " again: raise that key then.")
        .formatted(session.seconds(), session.pid());
  }

  private static String halfBatch(Session session) {
    return ("It writes a batch that does not fit into memory as it arrives, and nothing of it has"
            + " come for %d s: the source connector has stopped or failed in the middle of the"
            + " batch, or the sink connector is paused or does not reach Kafka. Look at both:"
            + " %s")
        .formatted(session.seconds(), Remedy.status());
  }

  private static String idle() {
    return "Its session is idle, and a source publishes a batch at least every"
        + " heartbeat.interval.ms: the sink connector is paused, its worker does not get to"
        + " it, or all that it reads is skipped, as the records not applied say: of a"
        + " history that was given up (old-history), or below the tick that the subscriber"
        + " was placed at (below-position). Look at the worker's log, and at the connectors:"
        + " "
        + Remedy.status()
        + ". If the source's heartbeat.interval.ms is longer, raise source.silence.max.ms of the"
        + " sink.";
  }
}
