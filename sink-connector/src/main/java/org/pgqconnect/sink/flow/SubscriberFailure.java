/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import java.sql.SQLException;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.sink.install.SubscriberRights;
import org.pgqconnect.sink.session.SubscriberSession;

/** What a failure of the subscriber means, and what to do, in words. */
record SubscriberFailure(SubscriberSession.Settings settings) {
  /**
   * Describes a failure.
   *
   * @param opened there was a session when it came
   */
  String describe(SQLException failure, boolean opened) {
    if (!opened) {
      return ConnectionFailure.explain("subscriber", settings.connection(), failure).message();
    }
    return "The subscriber %s failed while batches were applied for subscription %s: %s (SQLSTATE %s)%s"
        .formatted(
            settings.connection().address(),
            settings.subscription(),
            String.valueOf(failure.getMessage()).lines().findFirst().orElse(""),
            SqlState.of(failure).orElse("none"),
            hint(failure));
  }

  private String hint(SQLException failure) {
    if (SqlState.is(failure, SqlState.INSUFFICIENT_PRIVILEGE)) {
      return ". " + SubscriberRights.howToGrant(settings.connection().user());
    }
    if (SqlState.is(failure, SqlState.LOCK_NOT_AVAILABLE)) {
      String holders =
          ("FROM pgq_connect.subscription s JOIN pg_stat_activity b ON b.pid = ANY"
                  + " (pg_blocking_pids(s.backend_pid)) WHERE s.name = %s;")
              .formatted(Identifiers.literal(settings.subscription()));
      return ". Another session of the subscriber holds a lock that the sink needs. While the sink"
          + " waits, this shows it: SELECT b.pid, b.usename, b.state, b.query "
          + holders
          + " It has to end its transaction, or: SELECT pg_terminate_backend(b.pid) "
          + holders;
    }
    if (SqlState.is(failure, SqlState.QUERY_CANCELED)) {
      return ". A trigger of the subscriber, a missing index or a lock may make the statement slow;"
          + " else raise statement.timeout.ms of the sink";
    }
    return "";
  }
}
