/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.time.NanoClock;
import org.pgqconnect.wire.EnvelopeSchema;
import org.pgqconnect.wire.TopicNames;

/**
 * What the records of tables have in common over all batches of a session: schemas and topics by
 * layout, and which definitions of tables are due. Not thread safe.
 */
final class TableRecords {
  /** Far more than queues have at a time; tables may come and go for as long as the task runs. */
  static final int MAX_LAYOUTS = 10_000;

  private final EnvelopeSchema.Origin origin;
  private final TopicNames topics;

  // By value: a layout that was read again is another object, and each set of schemas would take
  // its place here, and in the converters' caches, for as long as the task runs.
  private final Map<Layout, Form> forms = new HashMap<>();
  private final AvroNames names;
  private final ColumnForms columns;
  private final Announcements announcements;
  private final TopicNames.Used<TableId> usedTopics = new TopicNames.Used<>();

  /**
   * @param avro whether a converter writes Avro, as far as that is known
   * @param labels of enums, for values of Debezium's types; see {@link ColumnForms}
   */
  TableRecords(
      EnvelopeSchema.Origin origin,
      boolean avro,
      Map<String, List<String>> labels,
      NanoClock clock) {
    this.origin = requireNonNull(origin, "origin");
    this.topics = new TopicNames(origin.prefix());
    this.names = new AvroNames(origin, avro);
    this.columns = new ColumnForms(origin.debezium(), labels);
    this.announcements = new Announcements(clock);
  }

  /**
   * What the rows of a layout have in common.
   *
   * @param lenient for rows that lack a value where the schema wants one; the same where none does
   * @param collection the table's name in counts
   * @param definition empty for a layout that does not have all of the table
   */
  record Form(
      EnvelopeSchema schema,
      EnvelopeSchema lenient,
      String topic,
      String collection,
      Optional<TableDefinition> definition) {
    /**
     * The schema of a change. A column that was NOT NULL when its layout was recorded may have lost
     * that since, an event of PgQ's triggers may hold the key only.
     */
    EnvelopeSchema schema(Object[] before, Object[] after) {
      boolean fits = schema == lenient || schema.fits(before) && schema.fits(after);
      return fits ? schema : lenient;
    }
  }

  /** The form of a row that is published now; has the table defined if that is due. */
  Form ofRow(Layout layout) {
    Form form = forms.get(layout);
    if (form == null) {
      form = learn(layout);
    }
    if (form.definition.isPresent()) {
      announcements.rows(form.definition.get());
    }
    return form;
  }

  private Form learn(Layout layout) {
    names.check(layout);
    EnvelopeSchema schema = schema(layout, columns.of(layout));
    EnvelopeSchema lenient =
        origin.debezium().isPresent() ? schema(layout, columns.lenient(layout)) : schema;
    String topic = topics.table(layout.table());
    requireDistinct(layout.table(), topic);
    Form learned =
        new Form(
            schema,
            lenient,
            topic,
            layout.table().toString(),
            layout.complete() ? Optional.of(layout.definition()) : Optional.empty());
    if (forms.size() >= MAX_LAYOUTS) {
      forms.clear();
    }
    forms.put(layout, learned);
    return learned;
  }

  private EnvelopeSchema schema(Layout layout, List<EnvelopeSchema.Column> columns) {
    return new EnvelopeSchema(origin, layout.table(), columns, layout.keyIndexes());
  }

  /** Kafka's own message would name neither table. */
  private void requireDistinct(TableId table, String topic) {
    TopicNames.problem(topic)
        .ifPresent(
            why -> {
              throw new StopException(
                  ("Rows of table %s cannot be published: Kafka refuses topic %s,"
                          + " because %s. Choose a shorter topic.prefix, or leave the table out"
                          + " of table.include.list")
                      .formatted(table, topic, why));
            });
    usedTopics
        .take(topic, table)
        .ifPresent(
            other -> {
              throw new StopException(
                  ("Rows of table %s cannot be published: Kafka takes its topic %s for the same as"
                       + " topic %s of table %s (dot and underscore are the same to it). Leave one"
                       + " of them out of table.include.list and capture it into a queue of its"
                       + " own, whose connector has another topic.prefix: %s")
                      .formatted(
                          table,
                          topic,
                          topics.table(other),
                          other,
                          Remedy.incomplete().installQueue(origin.queue() + "_2")));
            });
  }

  /** Has the table of a copy that begins defined again, for subscribers that wait for it. */
  void copyBegins(Layout layout) {
    if (layout.complete()) {
      announcements.copyBegins(layout.definition());
    }
  }

  /** Has a table that was altered defined again, unless its rows had that done. */
  void altered(Layout layout) {
    if (layout.complete()) {
      announcements.rows(layout.definition());
    }
  }

  /** Has some tables defined again that had no rows for long. */
  void batchEnds() {
    announcements.batchEnds();
  }

  /** The definitions to publish now; they are handed out once. */
  List<TableDefinition> takeDue() {
    return announcements.take();
  }
}
