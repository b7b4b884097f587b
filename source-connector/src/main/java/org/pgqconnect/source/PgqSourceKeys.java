/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import java.util.List;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigException;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.config.ConfigKeys;
import org.pgqconnect.config.ConnectionKeys;
import org.pgqconnect.config.KeyGroup;
import org.pgqconnect.config.PatternList;
import org.pgqconnect.config.TableFilter;
import org.pgqconnect.source.setup.Problem;
import org.pgqconnect.wire.DebeziumModes;
import org.pgqconnect.wire.NameAdjustment;
import org.pgqconnect.wire.TopicNames;

/** The source connector's keys: their names, defaults, valid values and help. */
public final class PgqSourceKeys {
  public static final String TOPIC_PREFIX = Problem.TOPIC_PREFIX;
  public static final String QUEUE_NAME = Problem.QUEUE_NAME;
  public static final String CONSUMER_NAME = Problem.CONSUMER_NAME;
  public static final String TABLE_INCLUDE_LIST = TableFilter.KEY;
  public static final String PROVISION = "provision";
  static final String SNAPSHOT_MODE = "snapshot.mode";
  static final String CAPTURE_CHECK = "capture.check";
  static final String CAPTURE_CHECK_INTERVAL = "capture.check.interval.ms";
  static final String TICKER = "ticker";
  static final String HEARTBEAT_INTERVAL = "heartbeat.interval.ms";
  static final String MAINTENANCE_INTERVAL = "maintenance.interval.ms";
  static final String BATCH_EVENTS = "batch.merge.events";
  static final String FETCH_ROWS = "fetch.rows";
  static final String COPY_CHUNK_ROWS = "copy.chunk.rows";
  static final String TRANSACTION_MAX_RECORDS = "kafka.transaction.max.records";
  static final String TRANSACTION_MAX_MS = "kafka.transaction.max.ms";
  static final String TOMBSTONES = "tombstones.on.delete";
  public static final String SCHEMA_NAMES = "schema.name.adjustment.mode";
  public static final String FIELD_NAMES = "field.name.adjustment.mode";
  static final String VALUES = "values";
  static final String DECIMALS = "decimal.handling.mode";
  static final String TIMES = "time.precision.mode";
  static final String INTERVALS = "interval.handling.mode";

  static final String MODE = Problem.MODE;
  static final String CAPTURE = "capture";
  static final String EXTERNAL_EXECUTE = "external.execute";
  static final String EXTERNAL_EXECUTED = "external.executed";
  static final String EXTERNAL_UNKNOWN = "external.unknown";
  static final String EXTERNAL_DATES = "external.dates";
  public static final String EVENTS_TOPIC = Problem.EVENTS_TOPIC;
  static final String EVENTS_KEY = "events.key";

  static final String COLUMN_EXCLUDE_LIST = "column.exclude.list";
  static final String COLUMN_INCLUDE_LIST = "column.include.list";
  static final String MASK_NULL = "column.mask.with.null";
  static final String MASK_CONSTANT = "column.mask.with.constant";
  static final String MASK_CONSTANT_VALUE = "column.mask.constant";
  static final String MASK_HASH = "column.mask.hash.sha256";
  static final String MASK_HASH_SALT = "column.mask.hash.salt";
  static final String SKIP_UNCHANGED = "skip.messages.without.change";
  public static final String ROW_FILTER_TABLES = "row.filter.tables";
  public static final String ROW_FILTER_PREFIX = "row.filter.condition.";

  private static final String COLUMN_PATTERNS =
      " "
          + PatternList.SYNTAX
          + " Each must match the whole of schema.table.column. Applied when the task starts, with"
          + " provision=auto; a column that is added later is checked at the next start.";

  /** The connector's keys. */
  public static final ConfigDef DEFINITION = define();

  /** Every key that a source connector's configuration may have. */
  public static final ConfigKeys ALL = ConfigKeys.ofSource(DEFINITION.names(), ROW_FILTER_PREFIX);

  private PgqSourceKeys() {}

  private static ConfigDef define() {
    ConfigDef def = ConnectionKeys.define(new ConfigDef(), "Provider");
    defineQueue(new KeyGroup(def, "Queue"));
    defineCapture(new KeyGroup(def, "Capture"));
    KeyGroup external = new KeyGroup(def, "Queues that other programs fill");
    defineExternal(external);
    defineEvents(external);
    KeyGroup rows = new KeyGroup(def, "Columns and rows");
    defineColumns(rows);
    defineRows(rows);
    KeyGroup records = new KeyGroup(def, "Records");
    defineValues(records);
    defineNames(records);
    KeyGroup tuning = new KeyGroup(def, "Tuning");
    defineIntervals(tuning);
    defineSizes(tuning);
    return def;
  }

  private static void defineQueue(KeyGroup group) {
    group
        .required(
            TOPIC_PREFIX,
            ConfigDef.LambdaValidator.with(
                PgqSourceKeys::checkTopicPrefix, () -> "[a-zA-Z0-9._-]+"),
            "Prefix of all topics: <prefix>.<schema>.<table> for rows, and <prefix>.transaction for"
                + " the boundaries of batches.")
        .required(
            QUEUE_NAME,
            new ConfigDef.NonEmptyString(),
            "The PgQ queue to read. A queue is the unit of consistency.")
        .text(
            CONSUMER_NAME,
            "",
            null,
            Importance.MEDIUM,
            "Name of the PgQ consumer that reads the queue. Default: the connector's name.")
        .patterns(
            TABLE_INCLUDE_LIST,
            Importance.HIGH,
            "Tables to publish. "
                + PatternList.SYNTAX
                + " Each must match the whole of schema.table. Default: all tables that the queue"
                + " captures.")
        .choice(
            TICKER,
            List.of("embedded", "external"),
            Importance.MEDIUM,
            "Which process makes ticks and runs PgQ's maintenance. embedded: the task, which pauses"
                + " its ticker while pgqd or another process makes ticks. external: pgqd or another"
                + " process.");
  }

  private static void defineCapture(KeyGroup group) {
    group
        .choice(
            MODE,
            List.of("replication", "events"),
            Importance.HIGH,
            "replication: the queue's events are changes of tables. events: they are an"
                + " application's events, written by pgq.insert_event; all of them are published to"
                + " one topic, unchanged.")
        .choice(
            CAPTURE,
            List.of("triggers", "external"),
            Importance.HIGH,
            "triggers: triggers of pgq-connect capture the changes. external: triggers of PgQ do"
                + " (logutriga or jsontriga, as Londiste 3 installs them). No trigger is then added"
                + " or changed, and a table is copied only on request.")
        .choice(
            PROVISION,
            List.of("auto", "none"),
            Importance.MEDIUM,
            "auto: when the task starts, it installs what the provider lacks (engine, queue,"
                + " triggers of the tables in table.include.list), if the role has the privileges."
                + " none: only the pgq-connect command installs.")
        .choice(
            SNAPSHOT_MODE,
            List.of("initial", "no_data"),
            Importance.MEDIUM,
            "For tables that provision=auto adds. initial: copy their rows to the subscribers."
                + " no_data: skip the initial copy. Use no_data only when the subscribers already"
                + " contain the same rows.")
        .choice(
            CAPTURE_CHECK,
            List.of("fail", "warn"),
            Importance.MEDIUM,
            "What happens when changes are lost because a capture trigger was dropped or disabled,"
                + " or its table was dropped or renamed. fail: the task stops. warn: it logs a"
                + " warning. A metric shows it in both cases.");
  }

  private static void defineExternal(KeyGroup group) {
    group
        .choice(
            EXTERNAL_EXECUTE,
            List.of("fail", "skip"),
            Importance.MEDIUM,
            "With capture=external: how to handle a DDL script of Londiste's EXECUTE. Subscribers"
                + " never run it. fail: the task stops until external.executed names the script."
                + " skip: the script is skipped with a warning.")
        .list(
            EXTERNAL_EXECUTED,
            ConfigDef.LambdaValidator.with(PgqSourceKeys::checkEventIds, () -> "event ids"),
            Importance.MEDIUM,
            "With capture=external: ev_id of each DDL script that you have run on the subscribers"
                + " yourself; these scripts are skipped. Afterwards copy the tables that a script"
                + " writes or alters: provider resync.")
        .choice(
            EXTERNAL_UNKNOWN,
            List.of("fail", "skip"),
            Importance.LOW,
            "With capture=external: how to handle an event that neither PgQ's triggers nor Londiste"
                + " write. fail: the task stops. skip: the event is skipped; the first of each type"
                + " is logged as a warning.")
        .choice(
            EXTERNAL_DATES,
            List.of("fail", "pass"),
            Importance.LOW,
            "With capture=external: how to handle a date that was not written in ISO format. fail:"
                + " the task stops. pass: subscribers read it with their own DateStyle.");
  }

  private static void defineEvents(KeyGroup group) {
    group
        .text(
            EVENTS_TOPIC,
            "",
            ConfigDef.LambdaValidator.with(PgqSourceKeys::checkTopic, () -> "a topic name"),
            Importance.MEDIUM,
            "With mode=events: topic of the events. Default: <prefix>.events.")
        .choice(
            EVENTS_KEY,
            List.of("ev_extra1", "ev_type", "ev_id", "none"),
            Importance.MEDIUM,
            "With mode=events: the field that becomes the key of the record. Events with the same"
                + " key keep their order in a topic with several partitions.");
  }

  private static void defineColumns(KeyGroup group) {
    columns(
        group,
        COLUMN_EXCLUDE_LIST,
        "Columns that are not captured; their values are not written to the queue.");
    columns(
        group,
        COLUMN_INCLUDE_LIST,
        "For each table with at least one matching column, only the matching columns and the key"
            + " columns are captured. Columns that are added to that table later are not"
            + " captured.");
    columns(group, MASK_NULL, "Columns whose values are replaced by NULL.");
    columns(
        group, MASK_CONSTANT, "Columns whose values are replaced by " + MASK_CONSTANT_VALUE + ".");
    group.text(
        MASK_CONSTANT_VALUE,
        "***",
        null,
        Importance.LOW,
        "The replacement for columns of "
            + MASK_CONSTANT
            + "; it must be a valid value of their types.");
    columns(
        group,
        MASK_HASH,
        "Text columns whose values are replaced by the SHA-256 of salt and value, in hexadecimal."
            + " NULL remains NULL.");
    group.secret(
        MASK_HASH_SALT,
        Importance.MEDIUM,
        "Salt of the hashes. Default: a random one per table, so that hashes of different tables"
            + " cannot be compared.");
  }

  private static void defineRows(KeyGroup group) {
    group
        .flag(
            SKIP_UNCHANGED,
            Importance.MEDIUM,
            "With provision=auto: skip an update that changes no captured column.")
        .list(
            ROW_FILTER_TABLES,
            ConfigDef.LambdaValidator.with(PgqSourceKeys::checkTables, () -> "schema.table"),
            Importance.MEDIUM,
            "With provision=auto: tables, as schema.table, of which only some rows are captured."
                + " Each needs a key "
                + ROW_FILTER_PREFIX
                + "<schema>.<table> with an SQL condition on the row's columns. When an update"
                + " makes the condition false for a row, subscribers delete the row; when it makes"
                + " it true, they insert it.");
  }

  private static void columns(KeyGroup group, String key, String help) {
    group.patterns(key, Importance.MEDIUM, help + COLUMN_PATTERNS);
  }

  private static void defineIntervals(KeyGroup group) {
    group
        .number(
            HEARTBEAT_INTERVAL,
            10_000,
            100,
            "Maximum time between two published batches of an idle queue, in milliseconds."
                + " Subscribers measure their lag by it.")
        .number(
            MAINTENANCE_INTERVAL,
            60_000,
            1_000,
            "Time between two runs of PgQ's maintenance (table rotation) with ticker=embedded, and"
                + " between two checks for what blocks rotation, in milliseconds.")
        .number(
            CAPTURE_CHECK_INTERVAL,
            30_000,
            100,
            "Time between two checks that the triggers of all published tables exist and are"
                + " enabled, in milliseconds.");
  }

  private static void defineSizes(KeyGroup group) {
    group
        .number(
            BATCH_EVENTS,
            20_000,
            1,
            "When there is a backlog, ticks are merged until a batch holds about this many events.")
        .number(
            FETCH_ROWS,
            2_000,
            1,
            "Maximum number of events that are read from the provider at once; fewer where events"
                + " are long: at most 16 MB and one event. A batch of any size is read with this"
                + " much memory.")
        .number(
            COPY_CHUNK_ROWS,
            20_000,
            1,
            "Maximum number of copied rows in one batch; fewer where rows are long: at most 16 MB"
                + " and one row.")
        .number(
            TRANSACTION_MAX_RECORDS,
            200_000,
            1_000,
            "A batch with more records, or with more than 32 million characters, is published in"
                + " several Kafka transactions. Subscribers still apply it in one transaction.")
        .number(
            TRANSACTION_MAX_MS,
            20_000,
            100,
            "A batch whose publication takes longer, in milliseconds, is published in several Kafka"
                + " transactions. Keep it well below the producer's transaction.timeout.ms.");
  }

  private static void defineValues(KeyGroup group) {
    group
        .choice(
            VALUES,
            List.of("text", "debezium"),
            Importance.MEDIUM,
            "How values travel. text: as Connect's types where these are exact, else as"
                + " PostgreSQL's own text. debezium: with the types and schema names of Debezium's"
                + " PostgreSQL connector, for its consumers; needs a converter that writes schemas."
                + " The sink reads both.")
        .choice(
            DECIMALS,
            DebeziumModes.labels(DebeziumModes.Decimals.values()),
            Importance.MEDIUM,
            "With values=debezium, for numeric and money. precise: Connect's Decimal, or Debezium's"
                + " VariableScaleDecimal for a column without a scale. string: text. double: a"
                + " double, which does not hold all digits; our sink refuses it.")
        .choice(
            TIMES,
            DebeziumModes.labels(DebeziumModes.Times.values()),
            Importance.MEDIUM,
            "With values=debezium, for date, time and timestamp. adaptive: milliseconds where the"
                + " column has no more, else microseconds. adaptive_time_microseconds: the same,"
                + " but microseconds for time. microseconds: for all. isostring: ISO 8601. connect:"
                + " Connect's own types, which hold milliseconds; our sink refuses them.")
        .choice(
            INTERVALS,
            DebeziumModes.labels(DebeziumModes.Intervals.values()),
            Importance.LOW,
            "With values=debezium, for interval. string: ISO 8601. numeric: microseconds with"
                + " 365.25 days a year; our sink refuses it.")
        .flag(
            TOMBSTONES,
            Importance.LOW,
            "Publish a tombstone after each deleted row, so that a compacted topic removes the"
                + " row.");
  }

  private static void defineNames(KeyGroup group) {
    group
        .choice(
            SCHEMA_NAMES,
            NameAdjustment.names(),
            Importance.LOW,
            "What becomes of the names of schemas, which are made of topic.prefix, schema and"
                + " table, where a serializer forbids them: avro makes an underscore of each"
                + " character that Avro forbids, avro_unicode writes it, and underscores, as _u and"
                + " four hexadecimal digits.")
        .choice(
            FIELD_NAMES,
            NameAdjustment.names(),
            Importance.LOW,
            "The same for columns. The sink finds the columns by their own names all the same. Two"
                + " columns that avro makes one are refused: use avro_unicode.");
  }

  private static void checkTopicPrefix(String key, Object value) {
    if (value == null || !Pattern.matches("[a-zA-Z0-9._-]+", value.toString())) {
      throw new ConfigException(
          key, value, "topic names may hold letters, digits, dot, underscore and hyphen only");
    }
    TopicNames.problem(new TopicNames(value.toString()).transaction())
        .ifPresent(
            why -> {
              throw new ConfigException(key, value, "topic <prefix>.transaction: " + why);
            });
  }

  private static void checkTopic(String key, Object value) {
    if (value != null && !value.toString().isBlank()) {
      TopicNames.problem(value.toString())
          .ifPresent(
              why -> {
                throw new ConfigException(key, value, why);
              });
    }
  }

  private static void checkEventIds(String key, Object value) {
    for (Object id : (List<?>) value) {
      if (!id.toString().matches("[0-9]{1,18}")) {
        throw new ConfigException(key, id, "not an ev_id: write numbers, separated by commas");
      }
    }
  }

  private static void checkTables(String key, Object value) {
    for (Object table : (List<?>) value) {
      try {
        TableId.parse(table.toString());
      } catch (IllegalArgumentException e) {
        throw new ConfigException(key, table, e.getMessage());
      }
    }
  }
}
