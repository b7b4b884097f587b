/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.source.publish.RecordLimit;
import org.pgqconnect.source.setup.Problem;
import org.pgqconnect.wire.NameAdjustment;

/** Keys of a valid configuration that contradict each other. */
final class KeyProblems {
  private final PgqSourceConfig config;
  private final List<Problem> problems = new ArrayList<>();

  private KeyProblems(PgqSourceConfig config) {
    this.config = requireNonNull(config, "config");
  }

  /** What is wrong; empty when nothing is. */
  static List<Problem> of(PgqSourceConfig config) {
    KeyProblems found = new KeyProblems(config);
    found.checkRecordSizes();
    found.checkRowFilters();
    found.checkAvroNames();
    found.checkValues();
    return found.problems;
  }

  /** What the producer may send, topics have to take: as far as the configuration makes them. */
  private void checkRecordSizes() {
    Map<String, Object> keys = config.originals();
    Object producer = keys.get(RecordLimit.KEY);
    if (producer == null) {
      return;
    }
    keys.forEach(
        (key, value) -> {
          if (RecordLimit.isOfTopics(key) && isLess(value, producer)) {
            problems.add(
                new Problem(
                    PgqSourceKeys.TOPIC_PREFIX,
                    ("%s=%s lets the producer send records that topics made with %s=%s"
                            + " do not take: the task would fail with RecordTooLargeException."
                            + " Set %s to %s at least")
                        .formatted(RecordLimit.KEY, producer, key, value, key, producer)));
          }
        });
  }

  /** Converters write such a schema without an error, and readers cannot parse it. */
  private void checkAvroNames() {
    String prefix = config.topicPrefix();
    if (config.usesAvro()
        && config.schemaNames() == NameAdjustment.NONE
        && !Stream.of(prefix.split("\\.", -1)).allMatch(NameAdjustment::isLegal)) {
      problems.add(
          new Problem(
              PgqSourceKeys.TOPIC_PREFIX,
              ("The names of schemas begin with %s=%s, which Avro forbids in a name. Set"
                      + " %s=avro, or choose a prefix of letters, digits and underscores")
                  .formatted(PgqSourceKeys.TOPIC_PREFIX, prefix, PgqSourceKeys.SCHEMA_NAMES)));
    }
  }

  /** Nothing in such a record says which number is a date. */
  private void checkValues() {
    if (config.debezium().isPresent() && config.writesNoSchemas()) {
      problems.add(
          new Problem(
              PgqSourceKeys.VALUES,
              ("With values=debezium a date is a number, and value.converter=%s writes no schema"
                   + " that says so: neither Debezium's transforms and sinks nor our sink could"
                   + " read the rows. Set"
                   + " value.converter=org.apache.kafka.connect.json.JsonConverter and"
                   + " value.converter.schemas.enable=true, or a converter with a schema registry,"
                   + " on this connector and its sinks")
                  .formatted(config.originals().get("value.converter"))));
    }
  }

  private static boolean isLess(Object bytes, Object least) {
    try {
      return Long.parseLong(bytes.toString().trim()) < Long.parseLong(least.toString().trim());
    } catch (NumberFormatException e) {
      return false; // Kafka says so
    }
  }

  private void checkRowFilters() {
    if (!config.provisions() && !config.columnRules().isEmpty()) {
      problems.add(
          new Problem(
              PgqSourceKeys.PROVISION,
              "Keys about columns and rows (column.*, row.filter.*, skip.messages.without.change)"
                  + " have an effect with provision=auto only. Set it, or remove them and give the"
                  + " options to the command: "
                  + Remedy.addHelp()));
    }
    config
        .columnRules()
        .conditions()
        .forEach(
            (table, condition) -> {
              String key = PgqSourceKeys.ROW_FILTER_PREFIX + table;
              if (condition.isBlank()) {
                problems.add(
                    new Problem(
                        PgqSourceKeys.ROW_FILTER_TABLES,
                        ("Table %s is listed, but its condition is missing: give key"
                                + " %s an SQL expression over the table's columns")
                            .formatted(table, key)));
              } else if (!config.tables().test(TableId.parse(table))) {
                problems.add(
                    new Problem(
                        PgqSourceKeys.ROW_FILTER_TABLES,
                        ("Table %s is listed, but %s leaves it out, so its condition"
                                + " would mean nothing. Correct one of them")
                            .formatted(table, PgqSourceKeys.TABLE_INCLUDE_LIST)));
              }
            });
    if (config.getList(PgqSourceKeys.ROW_FILTER_TABLES).isEmpty()
        && !config.originalsWithPrefix(PgqSourceKeys.ROW_FILTER_PREFIX).isEmpty()) {
      problems.add(
          new Problem(
              PgqSourceKeys.ROW_FILTER_TABLES,
              "There are row conditions, but no table is listed here: list those of %s"
                  .formatted(
                      config.originalsWithPrefix(PgqSourceKeys.ROW_FILTER_PREFIX).keySet())));
    }
  }
}
