/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import static java.util.Objects.requireNonNull;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.assemble.Awaited;
import org.pgqconnect.sink.assemble.PendingBatch.Missing;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.time.NanoClock;
import org.pgqconnect.wire.TopicNames;

/** Decides what happens when rows of the head batch are lost: else the sink would wait for ever. */
public final class LostRows {
  /**
   * An attempt that replaces the batch may already stand in the transaction topic, a few records
   * on.
   */
  public static final int GRACE_MILLIS = 10_000;

  private final TopicNames names;
  private final String subscription;
  private final NanoClock clock;
  private final Predicate<String> hasRemovedRecords;
  private BatchId suspect;
  private long since;

  /**
   * @param clock says for how long rows have been missing
   * @param hasRemovedRecords whether a topic held records that were removed
   */
  public LostRows(
      TopicNames names, String subscription, NanoClock clock, Predicate<String> hasRemovedRecords) {
    this.names = names;
    this.subscription = subscription;
    this.clock = clock;
    this.hasRemovedRecords = requireNonNull(hasRemovedRecords, "hasRemovedRecords");
  }

  /**
   * What to do about rows that are missing.
   *
   * @param askAgain whether to ask again soon
   * @param passed a table that the subscriber holds nothing of, and whose copy begins with rows
   *     that its topic does not keep any more. Nothing is lost by applying the batch without them:
   *     the table expects a copy as before
   */
  public record Finding(boolean askAgain, Optional<TableId> passed) {
    private static final Finding WAIT = new Finding(false, Optional.empty());
    private static final Finding ASK_AGAIN = new Finding(true, Optional.empty());
  }

  /**
   * @param awaited what the head batch waits for
   * @param assigned the partitions that the task reads
   * @param readToTheEnd those of the awaited tables whose topics hold nothing that the task was not
   *     handed
   * @throws StopException when the rows have been missing for a while
   */
  public Finding judge(
      Awaited awaited, Collection<PartitionId> assigned, Set<TableId> readToTheEnd) {
    String evidence = "all its partitions have gone on to later batches";
    Optional<Missing> lost = awaited.lost(table -> partitions(table, assigned));
    if (lost.isEmpty()) {
      evidence = "all that the topic holds was read";
      lost =
          awaited.rows().stream()
              .filter(missing -> readToTheEnd.contains(missing.table()))
              .findFirst();
    }
    if (lost.isEmpty()) {
      suspect = null;
      return Finding.WAIT;
    }
    BatchId batch = awaited.batch().orElseThrow();
    if (!batch.equals(suspect)) {
      suspect = batch;
      since = clock.millis();
    }
    if (clock.millis() - since < GRACE_MILLIS) {
      return Finding.ASK_AGAIN;
    }
    TableId table = lost.get().table();
    if (!lost.get().held() && hasRemovedRecords.test(names.table(table))) {
      return new Finding(true, Optional.of(table));
    }
    throw new StopException(message(batch, lost.get(), evidence));
  }

  private Set<PartitionId> partitions(TableId table, Collection<PartitionId> assigned) {
    String topic = names.table(table);
    return assigned.stream()
        .filter(partition -> partition.topic().equals(topic))
        .collect(Collectors.toSet());
  }

  private String message(BatchId batch, Missing lost, String evidence) {
    String topic = names.table(lost.table());
    return """
    Rows are lost: topic %s holds %d of the %d rows of table %s that END of batch %s in topic %s counts, and %s. \
    The batch was not applied, and nothing after it, for the table would differ from the provider's. \
    Likely causes: retention or compaction removed records from the topic (set cleanup.policy=delete and a longer \
    retention.ms); \
    a transform (Filter, for one) or predicate of the sink connector, or of the source connector, which would drop \
    them from every \
    copy again, or errors.tolerance=all, dropped them; the source connector failed while it \
    published the batch; or the topic was given more partitions a moment ago. A source without Kafka transactions \
    may still be \
    writing them, as while a partition has too few in-sync replicas: restart this task first (POST \
    /connectors/<name>/restart?includeTasks=true), \
    which continues when they have arrived. Ways out:
    1. If the records are in the topic: remove the transform and errors.tolerance; or if the source connector \
    failed, restart it \
    first. Then read again: PUT /connectors/<name>/stop, DELETE /connectors/<name>/offsets, PUT \
    /connectors/<name>/resume. \
    What was applied is skipped.
    2. If they are gone, or never came because of a transform of the source connector, which is to be removed \
    first, copy the table again: stop the sink connector; on the subscriber: UPDATE pgq_connect.subscribed_table \
    SET state = 'expecting-copy' WHERE subscription = %s AND table_schema = %s AND table_name = %s; resume the \
    connector and run \
    %s. Until the copy arrives, its changes are skipped.
    3. If the lost rows are those of a copy that starts in this batch, continue after it: UPDATE \
    pgq_connect.subscription \
    SET tick_id = %d, tick_time = NULL WHERE name = %s; restart the connector and run %s, since the batch's changes \
    of the other tables are skipped too.\
    """
        .formatted(
            topic,
            lost.arrived(),
            lost.expected(),
            lost.table(),
            batch,
            names.transaction(),
            evidence,
            Identifiers.literal(subscription),
            Identifiers.literal(lost.table().schema()),
            Identifiers.literal(lost.table().table()),
            Remedy.ofPrefix(names.prefix()).resync(lost.table()),
            batch.tickId(),
            Identifiers.literal(subscription),
            Remedy.ofPrefix(names.prefix()).resyncAll());
  }
}
