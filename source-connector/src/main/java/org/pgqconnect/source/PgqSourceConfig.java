/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.config.ConfigKeys;
import org.pgqconnect.config.PatternList;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.source.capture.ColumnRules;
import org.pgqconnect.source.external.ForeignPolicy;
import org.pgqconnect.source.publish.BatchPublisher;
import org.pgqconnect.source.publish.EventTopic;
import org.pgqconnect.source.publish.RecordLimit;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.setup.Provisioning;
import org.pgqconnect.source.watch.ProviderWatch;
import org.pgqconnect.source.watch.TriggerWatch;
import org.pgqconnect.wire.TopicNames;

/** What the source connector can be told. */
public final class PgqSourceConfig extends AbstractConfig {
  public static final String TOPIC_PREFIX = "topic.prefix";
  public static final String QUEUE_NAME = "queue.name";
  public static final String CONSUMER_NAME = "consumer.name";
  public static final String TABLE_INCLUDE_LIST = "table.include.list";
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

  static final String MODE = "mode";
  static final String CAPTURE = "capture";
  static final String EXTERNAL_EXECUTE = "external.execute";
  static final String EXTERNAL_EXECUTED = "external.executed";
  static final String EXTERNAL_UNKNOWN = "external.unknown";
  static final String EXTERNAL_DATES = "external.dates";
  public static final String EVENTS_TOPIC = "events.topic";
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

  private static final String ROWS_GROUP = "Columns and rows";
  private static final String CONNECTION_GROUP = "Provider";
  private static final String QUEUE_GROUP = "Queue";
  private static final String BRIDGE_GROUP = "Queues that others fill";
  private static final String TUNING_GROUP = "Tuning";

  /** The connector's keys. */
  public static final ConfigDef DEFINITION = define();

  /** Every key that a source connector's configuration may have. */
  public static final ConfigKeys KEYS = ConfigKeys.ofSource(DEFINITION.names(), ROW_FILTER_PREFIX);

  private static ConfigDef define() {
    ConfigDef def = ConnectionConfig.define(new ConfigDef(), CONNECTION_GROUP);
    defineQueue(def);
    defineBridge(def);
    defineRows(def);
    defineTuning(def);
    return def;
  }

  private static void defineQueue(ConfigDef def) {
    int order = 0;
    def.define(
            TOPIC_PREFIX,
            Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            ConfigDef.LambdaValidator.with(
                PgqSourceConfig::checkTopicPrefix, () -> "[a-zA-Z0-9._-]+"),
            Importance.HIGH,
            "Topics are named <prefix>.<schema>.<table>, and <prefix>.transaction for the batches'"
                + " boundaries.",
            QUEUE_GROUP,
            ++order,
            Width.MEDIUM,
            "Topic prefix")
        .define(
            QUEUE_NAME,
            Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The PgQ queue to read: the unit of consistency.",
            QUEUE_GROUP,
            ++order,
            Width.MEDIUM,
            "Queue")
        .define(
            CONSUMER_NAME,
            Type.STRING,
            "",
            Importance.MEDIUM,
            "The name that PgQ knows this reader by. Default: the connector's name.",
            QUEUE_GROUP,
            ++order,
            Width.MEDIUM,
            "Consumer")
        .define(
            TABLE_INCLUDE_LIST,
            Type.STRING,
            "",
            PatternList.validator(),
            Importance.HIGH,
            PatternList.SYNTAX
                + " each matched against the whole of schema.table. Only these tables are published. Empty: every table that the queue"
                + " captures.",
            QUEUE_GROUP,
            ++order,
            Width.LONG,
            "Tables")
        .define(
            PROVISION,
            Type.STRING,
            "auto",
            ConfigDef.ValidString.in("auto", "none"),
            Importance.MEDIUM,
            "auto: what is missing on the provider (engine, queue, triggers of the tables in"
                + " table.include.list) is installed when the task starts, if the role may. none:"
                + " installing is left to the pgq-connect command.",
            QUEUE_GROUP,
            ++order,
            Width.SHORT,
            "Provisioning")
        .define(
            SNAPSHOT_MODE,
            Type.STRING,
            "initial",
            ConfigDef.ValidString.in("initial", "no_data"),
            Importance.MEDIUM,
            "For tables that provision=auto adds. initial: their rows are copied to the subscribers."
                + " no_data: the subscribers are said to hold the same rows already.",
            QUEUE_GROUP,
            ++order,
            Width.SHORT,
            "Initial copy")
        .define(
            CAPTURE_CHECK,
            Type.STRING,
            "fail",
            ConfigDef.ValidString.in("fail", "warn"),
            Importance.MEDIUM,
            "What to do when a trigger is found dropped or disabled, or its table dropped or renamed, so"
                + " that changes are lost. fail: the task stops. warn: it is logged. A metric shows it"
                + " either way.",
            QUEUE_GROUP,
            ++order,
            Width.SHORT,
            "Missing triggers")
        .define(
            TICKER,
            Type.STRING,
            "embedded",
            ConfigDef.ValidString.in("embedded", "external"),
            Importance.MEDIUM,
            "embedded: the task makes the ticks and runs PgQ's maintenance; while pgqd or another process"
                + " makes ticks, it stands by. external: it leaves both to pgqd or another process.",
            QUEUE_GROUP,
            ++order,
            Width.SHORT,
            "Ticker");
  }

  private static void defineBridge(ConfigDef def) {
    choice(
        def,
        1,
        MODE,
        List.of("replication", "events"),
        Importance.HIGH,
        "replication: the queue's events are changes of tables. events: they are an application's own,"
            + " written by pgq.insert_event, and all go to one topic as they are.");
    choice(
        def,
        2,
        CAPTURE,
        List.of("triggers", "external"),
        Importance.HIGH,
        "triggers: pgq-connect's triggers capture changes. external: PgQ's own do (logutriga or"
            + " jsontriga, as Londiste 3 installs them); no trigger is added or changed, and no table is"
            + " copied unless that is asked for.");
    choice(
        def,
        3,
        EXTERNAL_EXECUTE,
        List.of("fail", "skip"),
        Importance.MEDIUM,
        "With capture=external: what a DDL script of Londiste's EXECUTE does, as no script is run on"
            + " subscribers. fail: the task stops until external.executed names the script. skip: it is"
            + " passed over with a warning.");
    def.define(
        EXTERNAL_EXECUTED,
        Type.LIST,
        List.of(),
        ConfigDef.LambdaValidator.with(PgqSourceConfig::checkEventIds, () -> "event ids"),
        Importance.MEDIUM,
        "With capture=external: DDL scripts, by their ev_id, that were run on the subscribers by hand"
            + " and are passed over. Tables that they write or alter are to be copied afterwards:"
            + " provider resync.",
        BRIDGE_GROUP,
        4,
        Width.MEDIUM,
        EXTERNAL_EXECUTED);
    choice(
        def,
        5,
        EXTERNAL_UNKNOWN,
        List.of("fail", "skip"),
        Importance.LOW,
        "With capture=external: what an event does that neither PgQ's triggers nor Londiste write. fail:"
            + " the task stops. skip: it is passed over, the first of its type with a warning.");
    choice(
        def,
        6,
        EXTERNAL_DATES,
        List.of("fail", "pass"),
        Importance.LOW,
        "With capture=external: what a date does that a session with another DateStyle than ISO wrote."
            + " fail: the task stops. pass: subscribers read it by the order of day and month that they"
            + " are set to.");
    def.define(
            EVENTS_TOPIC,
            Type.STRING,
            "",
            ConfigDef.LambdaValidator.with(PgqSourceConfig::checkTopic, () -> "a topic's name"),
            Importance.MEDIUM,
            "With mode=events: the topic of the events. Default: <prefix>.events.",
            BRIDGE_GROUP,
            7,
            Width.MEDIUM,
            EVENTS_TOPIC)
        .define(
            EVENTS_KEY,
            Type.STRING,
            "ev_extra1",
            ConfigDef.ValidString.in("ev_extra1", "ev_type", "ev_id", "none"),
            Importance.MEDIUM,
            "With mode=events: the field that becomes a record's key. Events of one key stay in order"
                + " however many partitions the topic has.",
            BRIDGE_GROUP,
            8,
            Width.SHORT,
            EVENTS_KEY);
  }

  /** A key with a few values, of which the first is the default. */
  private static void choice(
      ConfigDef def,
      int order,
      String key,
      List<String> values,
      Importance importance,
      String documentation) {
    def.define(
        key,
        Type.STRING,
        values.get(0),
        ConfigDef.ValidString.in(values.toArray(String[]::new)),
        importance,
        documentation,
        BRIDGE_GROUP,
        order,
        Width.SHORT,
        key);
  }

  private static void defineRows(ConfigDef def) {
    String patterns =
        " "
            + PatternList.SYNTAX
            + " each matched against the whole of schema.table.column, with provision=auto, whenever the task starts: a column that is"
            + " added later is met by them at the next start.";
    int order = 0;
    columns(
        def,
        ++order,
        COLUMN_EXCLUDE_LIST,
        "Columns that never leave the provider, not even into the queue." + patterns);
    columns(
        def,
        ++order,
        COLUMN_INCLUDE_LIST,
        "Where one matches a column of a table, only such columns and the key of that table are"
            + " captured; of later ones, none."
            + patterns);
    columns(def, ++order, MASK_NULL, "Columns that are replaced by NULL." + patterns);
    columns(
        def,
        ++order,
        MASK_CONSTANT,
        "Columns that are replaced by " + MASK_CONSTANT_VALUE + "." + patterns);
    def.define(
        MASK_CONSTANT_VALUE,
        Type.STRING,
        "***",
        Importance.LOW,
        "What replaces columns of " + MASK_CONSTANT + "; it must fit their types.",
        ROWS_GROUP,
        ++order,
        Width.SHORT,
        "Constant");
    columns(
        def,
        ++order,
        MASK_HASH,
        "Columns of text that are replaced by the SHA-256 of salt and value, in hexadecimal; NULL"
            + " stays NULL."
            + patterns);
    def.define(
            MASK_HASH_SALT,
            Type.PASSWORD,
            null,
            Importance.MEDIUM,
            "The salt of the hashes. Empty: a random one for each table, so that hashes of"
                + " different tables cannot be compared.",
            ROWS_GROUP,
            ++order,
            Width.MEDIUM,
            "Salt")
        .define(
            SKIP_UNCHANGED,
            Type.BOOLEAN,
            false,
            Importance.MEDIUM,
            "With provision=auto: whether an update that changes nothing of what is captured is"
                + " left out.",
            ROWS_GROUP,
            ++order,
            Width.SHORT,
            "Skip unchanged rows")
        .define(
            ROW_FILTER_TABLES,
            Type.LIST,
            List.of(),
            ConfigDef.LambdaValidator.with(PgqSourceConfig::checkTables, () -> "schema.table"),
            Importance.MEDIUM,
            "With provision=auto: tables, as schema.table, of which only some rows are captured."
                + " Each has a key "
                + ROW_FILTER_PREFIX
                + "<schema>.<table> with an SQL expression over the row's columns. A row that an"
                + " update moves out of it is deleted on the subscribers, one that is moved into it"
                + " inserted.",
            ROWS_GROUP,
            ++order,
            Width.LONG,
            "Filtered tables");
  }

  private static void columns(ConfigDef def, int order, String key, String documentation) {
    def.define(
        key,
        Type.STRING,
        "",
        PatternList.validator(),
        Importance.MEDIUM,
        documentation,
        ROWS_GROUP,
        order,
        Width.LONG,
        key);
  }

  private static void defineTuning(ConfigDef def) {
    int order = 0;
    tuning(
        def,
        ++order,
        HEARTBEAT_INTERVAL,
        10_000,
        100,
        "Longest time in milliseconds between two"
            + " published batches on an idle queue, so that lag is visible.");
    tuning(
        def,
        ++order,
        MAINTENANCE_INTERVAL,
        60_000,
        1_000,
        "Time in milliseconds between two runs"
            + " of PgQ's maintenance (table rotation), with ticker=embedded, and between two looks whether"
            + " rotation is held up.");
    tuning(
        def,
        ++order,
        CAPTURE_CHECK_INTERVAL,
        30_000,
        100,
        "Time in milliseconds between two looks"
            + " whether the triggers of all published tables are there and enabled.");
    tuning(
        def,
        ++order,
        BATCH_EVENTS,
        20_000,
        1,
        "When there is a backlog, ticks are merged until a"
            + " batch holds about this many events.");
    tuning(
        def,
        ++order,
        FETCH_ROWS,
        2_000,
        1,
        "Events that are decoded at once, fewer where they are long: 16 MB of them"
            + " and one event at most. A batch of any size is read with this much memory.");
    tuning(
        def,
        ++order,
        COPY_CHUNK_ROWS,
        20_000,
        1,
        "Rows of a table's copy in one batch, fewer where they are long: 16 MB of them"
            + " and one row at most.");
    tuning(
        def,
        ++order,
        TRANSACTION_MAX_RECORDS,
        200_000,
        1_000,
        "A batch of more records, or of more than 32 million characters, is spread"
            + " over several Kafka transactions. Subscribers still apply it as one.");
    tuning(
        def,
        ++order,
        TRANSACTION_MAX_MS,
        20_000,
        100,
        "A batch that takes longer to publish is"
            + " spread over several Kafka transactions. Keep it well under transaction.timeout.ms of the"
            + " producer.");
    def.define(
        TOMBSTONES,
        Type.BOOLEAN,
        false,
        Importance.LOW,
        "Whether a deleted row is followed by a tombstone, so that a compacted topic forgets it.",
        TUNING_GROUP,
        ++order,
        Width.SHORT,
        "Tombstones");
  }

  private static void tuning(
      ConfigDef def, int order, String key, int defaultValue, int least, String documentation) {
    def.define(
        key,
        Type.INT,
        defaultValue,
        ConfigDef.Range.atLeast(least),
        Importance.LOW,
        documentation,
        TUNING_GROUP,
        order,
        Width.SHORT,
        key);
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

  public PgqSourceConfig(Map<String, String> properties) {
    super(DEFINITION, properties, false);
  }

  /** The connector's name. */
  public String connectorName() {
    return String.valueOf(originals().getOrDefault("name", "pgq-connect"));
  }

  /** Commands about the connector's queue. */
  public Remedy remedy() {
    return Remedy.provider(connection(), queue()).ofConnector(connectorName());
  }

  public ConnectionConfig connection() {
    return ConnectionConfig.of(this);
  }

  public String topicPrefix() {
    return getString(TOPIC_PREFIX);
  }

  public String queue() {
    return getString(QUEUE_NAME);
  }

  /** The consumer's name in PgQ; never empty. */
  public String consumer() {
    String given = getString(CONSUMER_NAME);
    return given.isBlank() ? connectorName() : given;
  }

  /** What a session on the provider is opened with. */
  public ProviderSession.Settings session() {
    return new ProviderSession.Settings(
        connection(),
        connectorName(),
        queue(),
        consumer(),
        topicPrefix(),
        streamsEvents(),
        capturesExternally() ? Optional.of(foreignPolicy()) : Optional.empty(),
        tables(),
        copiesAddedTables(),
        getInt(COPY_CHUNK_ROWS));
  }

  /** How batches are published. */
  public BatchPublisher.Settings publishing() {
    return new BatchPublisher.Settings(
        queue(),
        consumer(),
        streamsEvents(),
        tables(),
        getInt(BATCH_EVENTS),
        getInt(FETCH_ROWS),
        getBoolean(TOMBSTONES),
        heartbeat(),
        getInt(TRANSACTION_MAX_RECORDS),
        Duration.ofMillis(getInt(TRANSACTION_MAX_MS)));
  }

  /** What the configuration wants on the provider. */
  public Provisioning.Settings provisioning() {
    return new Provisioning.Settings(
        connection(),
        connectorName(),
        queue(),
        consumer(),
        provisions(),
        streamsEvents(),
        capturesExternally(),
        embeddedTicker(),
        namesTables(),
        tables(),
        columnRules(),
        copiesAddedTables());
  }

  /** What is looked after beside the reader. */
  public ProviderWatch.Settings watch() {
    return new ProviderWatch.Settings(
        queue(),
        consumer(),
        embeddedTicker(),
        Duration.ofMillis(getInt(MAINTENANCE_INTERVAL)),
        Duration.ofMillis(getInt(CAPTURE_CHECK_INTERVAL)));
  }

  /** What is done about triggers that are missing. */
  public TriggerWatch.Settings triggerWatch() {
    return new TriggerWatch.Settings(
        queue(),
        streamsEvents(),
        capturesExternally(),
        tables(),
        provisions(),
        getString(CAPTURE_CHECK).equals("fail"),
        remedy());
  }

  /** True when the connector may install what is missing. */
  public boolean provisions() {
    return getString(PROVISION).equals("auto");
  }

  /** True when tables that the connector adds are to be copied. */
  public boolean copiesAddedTables() {
    return getString(SNAPSHOT_MODE).equals("initial");
  }

  /** True when tables were named. */
  public boolean namesTables() {
    return !getString(TABLE_INCLUDE_LIST).isBlank();
  }

  /** The expressions that say which tables are published; none for all. */
  public List<Pattern> includedTables() {
    return patterns(TABLE_INCLUDE_LIST);
  }

  /** Which tables are published; it remembers its answers, as it is asked about every event. */
  public Predicate<TableId> tables() {
    List<Pattern> patterns = includedTables();
    Map<TableId, Boolean> known = new ConcurrentHashMap<>();
    return table ->
        patterns.isEmpty()
            || known.computeIfAbsent(
                table,
                asked -> patterns.stream().anyMatch(p -> p.matcher(asked.toString()).matches()));
  }

  /** What the configuration says of tables' columns and rows. */
  public ColumnRules columnRules() {
    Map<String, String> conditions = new HashMap<>();
    for (String table : getList(ROW_FILTER_TABLES)) {
      Object condition = originals().get(ROW_FILTER_PREFIX + table);
      conditions.put(
          TableId.parse(table).toString(), condition == null ? "" : condition.toString());
    }
    return new ColumnRules(
        patterns(COLUMN_EXCLUDE_LIST),
        patterns(COLUMN_INCLUDE_LIST),
        patterns(MASK_NULL),
        patterns(MASK_CONSTANT),
        getString(MASK_CONSTANT_VALUE),
        patterns(MASK_HASH),
        getPassword(MASK_HASH_SALT),
        originals().containsKey(SKIP_UNCHANGED)
            ? Optional.of(getBoolean(SKIP_UNCHANGED))
            : Optional.empty(),
        conditions);
  }

  private List<Pattern> patterns(String key) {
    return PatternList.parse(key, getString(key));
  }

  /** True when the queue's events are an application's own, not changes of tables. */
  public boolean streamsEvents() {
    return getString(MODE).equals("events");
  }

  /** True when PgQ's own triggers fill the queue with changes. */
  public boolean capturesExternally() {
    return !streamsEvents() && getString(CAPTURE).equals("external");
  }

  /** What to do with events that our own triggers did not write. */
  public ForeignPolicy foreignPolicy() {
    return new ForeignPolicy(
        tables(),
        getString(EXTERNAL_EXECUTE).equals("fail"),
        getList(EXTERNAL_EXECUTED).stream().map(Long::valueOf).collect(Collectors.toSet()),
        getString(EXTERNAL_UNKNOWN).equals("fail"),
        getString(EXTERNAL_DATES).equals("fail"));
  }

  /** How large a record may be. */
  public RecordLimit recordLimit() {
    return RecordLimit.of(originals());
  }

  /** The topic that an application's own events go to. */
  public EventTopic eventTopic() {
    String given = getString(EVENTS_TOPIC);
    return new EventTopic(
        given.isBlank() ? topicPrefix() + ".events" : given,
        queue(),
        EventTopic.Key.of(getString(EVENTS_KEY)));
  }

  public boolean embeddedTicker() {
    return getString(TICKER).equals("embedded");
  }

  public Duration heartbeat() {
    return Duration.ofMillis(getInt(HEARTBEAT_INTERVAL));
  }
}
