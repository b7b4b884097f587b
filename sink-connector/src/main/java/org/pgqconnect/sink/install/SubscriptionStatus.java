/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.install;

import java.util.List;
import java.util.Map;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.tables.SubscribedTable;

/**
 * A subscription as an operator sees it.
 *
 * @param queue null before the first batch
 * @param provider null before the first batch
 * @param tickId the tick that the subscriber is at, or null before the first batch
 * @param tickTime when the provider made that tick, or null
 * @param updatedAt when the transaction began that applied the last batch
 * @param updatedSeconds how long ago that is, by the subscriber's clock
 * @param session the sink's session, or null when it is not there
 * @param waitingFor what the sink waits for, or null
 * @param waitingSeconds since when
 * @param notApplied how many records the sink's task has not applied, by reason
 */
public record SubscriptionStatus(
    String name,
    String topicPrefix,
    String queue,
    String provider,
    Long tickId,
    String tickTime,
    String updatedAt,
    long updatedSeconds,
    Session session,
    String waitingFor,
    long waitingSeconds,
    Map<String, Long> notApplied,
    List<Table> tables) {
  public SubscriptionStatus {
    notApplied = Map.copyOf(notApplied);
    tables = List.copyOf(tables);
  }

  /** Whether the sink's session is there. */
  public boolean connected() {
    return session != null;
  }

  /**
   * What the sink's session does now.
   *
   * @param state as {@code pg_stat_activity} has it: active, idle, idle in transaction
   * @param seconds since when: since its statement began, or the one before ended
   * @param waitEvent what blocks it, as {@code pg_stat_activity} has it: a kind of lock, or {@code
   *     SyncRep}, a standby; null when nothing of that kind does
   * @param blockedBy the sessions that hold the lock, or null
   */
  public record Session(int pid, String state, long seconds, String waitEvent, String blockedBy) {}

  /**
   * One of its tables.
   *
   * @param note what an operator should know or do, or null
   */
  public record Table(
      TableId table, SubscribedTable.Stage stage, long copyId, long consistentTick, String note) {}
}
