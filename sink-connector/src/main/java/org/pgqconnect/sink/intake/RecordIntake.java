/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.wire.BoundarySchema;
import org.pgqconnect.wire.EnvelopeReader;
import org.pgqconnect.wire.TopicNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what records say. A record says itself whose it is: what was published under another prefix
 * or from another queue never counts, whatever the name of its topic.
 */
public final class RecordIntake {
  private static final Logger LOG = LoggerFactory.getLogger(RecordIntake.class);
  private static final String TRANSACTION_SUFFIX = ".transaction";

  private final TopicOwnership ownership;
  private final NotApplied notApplied;
  private final TopicNames names;
  private final Remedy remedy;
  private final EnvelopeReader envelopes = new EnvelopeReader();
  private final Set<String> warned = new HashSet<>();
  private final Set<String> queuesOfRows = new HashSet<>();
  private String queueOfBoundaries;
  private long boundaries;
  private PartitionId lastPartition = new PartitionId("", 0);

  /**
   * @param connector the connector's name, for what is printed
   */
  public RecordIntake(
      TopicNames names, String connector, TopicOwnership ownership, NotApplied notApplied) {
    this.ownership = ownership;
    this.notApplied = notApplied;
    this.names = names;
    this.remedy = Remedy.ofPrefix(names.prefix()).ofConnector(connector);
  }

  /**
   * What a record says; empty when it does not count.
   *
   * @param stored the queue that the subscriber follows; null before its first batch
   * @throws DataException when the record is not one of the source connector's
   * @throws StopException when it cannot be placed
   */
  public Optional<Arrived> read(SinkRecord record, String stored) {
    if (record.value() == null) {
      notApplied.add(Reason.TOMBSTONE);
      return Optional.empty();
    }
    try {
      return record.originalTopic().equals(names.transaction())
          ? Optional.of(new Arrived.BatchBoundary(BoundarySchema.read(record.value())))
          : row(record.originalTopic(), record.value(), stored).map(Arrived.Row::new);
    } catch (IllegalArgumentException e) {
      throw notOurs(record, e);
    }
  }

  /** How many records of the transaction topic were taken in, of the history that is followed. */
  public long boundaries() {
    return boundaries;
  }

  /** A record's partition before any transform: offsets are kept by that. */
  public PartitionId partition(SinkRecord record) {
    String topic = record.originalTopic();
    int partition = record.originalKafkaPartition();
    if (lastPartition.partition() != partition || !lastPartition.topic().equals(topic)) {
      lastPartition = new PartitionId(topic, partition);
    }
    return lastPartition;
  }

  /**
   * Takes note of a boundary of the history that the subscriber follows.
   *
   * @return false when rows of another queue were taken in before anything said which queue counts
   */
  public boolean follow(Boundary boundary) {
    boundaries++;
    boolean first = queueOfBoundaries == null;
    queueOfBoundaries = boundary.queue();
    if (first && queuesOfRows.stream().anyMatch(queue -> !queue.equals(queueOfBoundaries))) {
      return false;
    }
    if (boundary instanceof BatchEnd end) {
      end.counts().forEach((collection, rows) -> noteUnsubscribed(collection, rows, end));
    }
    return true;
  }

  private void noteUnsubscribed(String collection, long rows, BatchEnd end) {
    TableId table = TableId.parse(collection);
    if (ownership.owns(table) || !ownership.includes(table)) {
      return;
    }
    notApplied.add(Reason.NOT_SUBSCRIBED, rows);
    String what =
        ("Batch %s holds %d rows of table %s, but its topic %s is not among the connector's, so"
                + " they are not applied. Add the topic to %s, or leave the table out with %s; then"
                + " copy it: %s")
            .formatted(
                end.bounds(),
                rows,
                table,
                names.table(table),
                ownership.topicsKey(),
                TopicOwnership.TABLE_INCLUDE_LIST,
                Remedy.ofPrefix(names.prefix()).resync(table));
    if (ownership.namesTables()) {
      throw new StopException(
          what
              + ". %s names the table, so the connector stops"
                  .formatted(TopicOwnership.TABLE_INCLUDE_LIST));
    }
    warnOnce("table " + table, what);
  }

  private Optional<Change> row(String topic, Object value, String stored) {
    String queue = queueOfBoundaries != null ? queueOfBoundaries : stored;
    if (topic.endsWith(TRANSACTION_SUFFIX) && BoundarySchema.isBoundary(value)) {
      notOfOurs(Reason.OTHER_PREFIX, topic, "boundaries of another prefix's batches", queue);
      return Optional.empty();
    }
    EnvelopeReader.Owner owner = EnvelopeReader.owner(value);
    if (owner.prefix() == null) {
      requireOwnTopic(topic);
    }
    Change change = read(value);
    // A mirror gives topics another prefix; then the topic is that of the row's table all the same.
    if (owner.prefix() != null
        && !owner.prefix().equals(names.prefix())
        && !topic.equals(names.table(change.table()))) {
      notOfOurs(
          Reason.OTHER_PREFIX,
          topic,
          "rows of topic.prefix \"" + owner.prefix() + "\" (source.name)",
          queue);
      return Optional.empty();
    }
    if (queue == null) {
      queuesOfRows.add(String.valueOf(owner.queue()));
    } else if (owner.queue() != null && !owner.queue().equals(queue)) {
      notOfOurs(
          Reason.OTHER_QUEUE,
          topic,
          "rows of queue \"" + owner.queue() + "\" (source.queue)",
          queue);
      return Optional.empty();
    }
    if (!ownership.includes(change.table())) {
      notApplied.add(Reason.NOT_INCLUDED);
    } else if (!ownership.owns(change.table())) {
      throw new StopException(rerouted(topic, change.table()));
    }
    return Optional.of(change);
  }

  private void notOfOurs(Reason reason, String topic, String what, String queue) {
    notApplied.add(reason);
    warnOnce(
        what + " in " + topic,
        ("Topic %s holds %s. They are not applied: this connector follows topic.prefix"
                + " \"%s\"%s. Correct %s, so that the connector does not read the topic")
            .formatted(
                topic,
                what,
                names.prefix(),
                queue == null ? "" : ", queue \"" + queue + "\"",
                ownership.topicsKey()));
  }

  private void warnOnce(String about, String text) {
    if (warned.add(about)) {
      LOG.warn(text);
    }
  }

  private String rerouted(String topic, TableId table) {
    return ("Topic %s holds rows of table %s, but the topic of that name, %s, is not among those"
            + " that %s names: a transform of the source connector (RegexRouter,"
            + " ByLogicalTableRouter, ...) sends them elsewhere. The sink could not tell that"
            + " batches have to wait for them, and rows would be lost. Nothing of them was"
            + " applied. Use %s with a pattern that matches both names, or remove the"
            + " transform, or leave the table out with %s. Then copy the table: %s")
        .formatted(
            topic,
            table,
            names.table(table),
            ownership.topicsKey(),
            TopicOwnership.TOPICS_REGEX,
            TopicOwnership.TABLE_INCLUDE_LIST,
            Remedy.ofPrefix(names.prefix()).resync(table));
  }

  private Change read(Object value) {
    Change change = envelopes.read(value);
    Operation operation = change.operation();
    boolean needsBefore = operation == Operation.DELETE;
    boolean needsAfter = !needsBefore && operation != Operation.TRUNCATE;
    if (needsBefore && change.before() == null || needsAfter && change.after() == null) {
      throw new IllegalArgumentException(
          "operation '%s' has no '%s' row"
              .formatted(operation.code(), needsBefore ? "before" : "after"));
    }
    return change;
  }

  private void requireOwnTopic(String topic) {
    if (!ownership.belongs(topic)) {
      throw new StopException(
          ("Topic %s does not belong to the queue with topic.prefix \"%s\". Correct %s, so that the"
                  + " connector reads %s and topics %s.<schema>.<table> only; another queue needs a"
                  + " sink connector of its own")
              .formatted(
                  topic,
                  names.prefix(),
                  ownership.topicsKey(),
                  names.transaction(),
                  names.prefix()));
    }
  }

  /** Why a record cannot be one of the source connector's. */
  public DataException notOurs(SinkRecord record, RuntimeException e) {
    return new DataException(
        remedy.complete(
            ("The record at topic %s, partition %d, offset %d is not one that the pgq-connect"
                    + " source writes: %s. Another program writes to the topic, or a transform or"
                    + " converter changed the record: remove the transform, use the source's"
                    + " converters; or skip the record (PUT /connectors/<name>/stop, PATCH"
                    + " /connectors/<name>/offsets to the offset after it, PUT"
                    + " /connectors/<name>/resume). That skips rows before it, too, of batches that"
                    + " were not applied yet: when the connector then says that rows are lost, copy"
                    + " their table again, since reading the topic again leads back to this record")
                .formatted(
                    record.originalTopic(),
                    record.originalKafkaPartition(),
                    record.originalKafkaOffset(),
                    e.getMessage())),
        e);
  }
}
