/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Session;

/**
 * A copy that was requested and of which nothing was read yet. No subscriber has heard of it so
 * far.
 *
 * @param seconds since when
 * @param there whether a table has the name
 * @param replaced whether that is another table than the one that the queue captures under it
 * @param lockedBy the sessions that keep others from reading the table, or null
 * @param behind the table that is copied meanwhile, or null
 */
public record CopyWaits(
    TableId table, long seconds, boolean there, boolean replaced, String lockedBy, TableId behind) {

  /** Those of a queue, the oldest first. */
  public static List<CopyWaits> of(Connection provider, String queue) throws SQLException {
    return new Session(provider).list(CopyWaitsSql.WAITS, CopyWaits::read, queue);
  }

  private static CopyWaits read(ResultSet row) throws SQLException {
    String behind = row.getString(7);
    return new CopyWaits(
        new TableId(row.getString(1), row.getString(2)),
        row.getLong(3),
        row.getBoolean(4),
        row.getBoolean(5),
        row.getString(6),
        behind == null ? null : TableId.parse(behind));
  }

  /**
   * That it waits, why, and what to do; nothing when it does not wait for long.
   *
   * @param maxSeconds how long it may
   * @param remedy commands about the queue
   */
  public Optional<String> problem(long maxSeconds, Remedy remedy) {
    return seconds <= maxSeconds
        ? Optional.empty()
        : Optional.of(
            "The copy of table %s was requested %d s ago, and nothing of it was read yet: %s"
                .formatted(table, seconds, why(remedy)));
  }

  private String why(Remedy remedy) {
    if (!there) {
      return ("there is no table of that name on the provider. If it was dropped, stop replicating"
              + " it: %s. If it was renamed, rename it back. What is captured: %s")
          .formatted(remedy.remove(table), remedy.tables());
    }
    if (replaced) {
      return ("the table that has this name on the provider is not the one that the queue captures"
              + " under it. If the captured table has another name for a while, rename it back."
              + " If another table has taken its place, have that one captured: %s. Or stop"
              + " replicating it: %s. What is captured: %s")
          .formatted(remedy.add(table), remedy.remove(table), remedy.tables());
    }
    if (lockedBy != null) {
      return ("other sessions of the provider hold an ACCESS EXCLUSIVE lock on the table, or wait"
              + " for one. Run there, to see them: SELECT pid, usename, state, query FROM"
              + " pg_stat_activity WHERE pid IN (%1$s); They have to end their transactions,"
              + " or: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN"
              + " (%1$s);")
          .formatted(lockedBy);
    }
    if (behind != null) {
      return "table %s is being copied first".formatted(behind);
    }
    return "its source connector has not reached it. It may be stopped or far behind: its state and"
        + " its log say more";
  }
}
