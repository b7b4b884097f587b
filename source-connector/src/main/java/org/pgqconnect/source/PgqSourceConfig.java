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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.config.ConnectionKeys;
import org.pgqconnect.config.PatternList;
import org.pgqconnect.config.TableFilter;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.source.capture.ColumnRules;
import org.pgqconnect.source.external.ExternalPolicy;
import org.pgqconnect.source.publish.BatchPublisher;
import org.pgqconnect.source.publish.EventTopic;
import org.pgqconnect.source.publish.RecordLimit;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.setup.ProviderValidation;
import org.pgqconnect.source.setup.Provisioning;
import org.pgqconnect.source.watch.ProviderWatch;
import org.pgqconnect.source.watch.TriggerWatch;
import org.pgqconnect.wire.DebeziumModes;
import org.pgqconnect.wire.NameAdjustment;

/** The source connector's configuration: {@link PgqSourceKeys} as settings of its stages. */
public final class PgqSourceConfig extends AbstractConfig {
  private final TableFilter tables;

  public PgqSourceConfig(Map<String, String> properties) {
    super(PgqSourceKeys.DEFINITION, properties, false);
    tables = TableFilter.parse(getString(PgqSourceKeys.TABLE_INCLUDE_LIST));
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
    return ConnectionKeys.of(this);
  }

  public String topicPrefix() {
    return getString(PgqSourceKeys.TOPIC_PREFIX);
  }

  public String queue() {
    return getString(PgqSourceKeys.QUEUE_NAME);
  }

  /** The consumer's name in PgQ; never empty. */
  public String consumer() {
    String given = getString(PgqSourceKeys.CONSUMER_NAME);
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
        tables,
        copiesAddedTables(),
        getInt(PgqSourceKeys.COPY_CHUNK_ROWS));
  }

  /** How batches are published. */
  public BatchPublisher.Settings publishing() {
    return new BatchPublisher.Settings(
        queue(),
        consumer(),
        streamsEvents(),
        tables,
        recordRules(),
        getInt(PgqSourceKeys.BATCH_EVENTS),
        getInt(PgqSourceKeys.FETCH_ROWS),
        getBoolean(PgqSourceKeys.TOMBSTONES),
        heartbeat(),
        getInt(PgqSourceKeys.TRANSACTION_MAX_RECORDS),
        Duration.ofMillis(getInt(PgqSourceKeys.TRANSACTION_MAX_MS)));
  }

  private String recordRules() {
    return Stream.of(
            PgqSourceKeys.TOPIC_PREFIX,
            PgqSourceKeys.MODE,
            PgqSourceKeys.CAPTURE,
            PgqSourceKeys.TABLE_INCLUDE_LIST,
            PgqSourceKeys.EVENTS_TOPIC,
            PgqSourceKeys.EVENTS_KEY,
            PgqSourceKeys.SCHEMA_NAMES,
            PgqSourceKeys.FIELD_NAMES,
            PgqSourceKeys.VALUES,
            PgqSourceKeys.DECIMALS,
            PgqSourceKeys.TIMES,
            PgqSourceKeys.INTERVALS)
        .map(key -> key + "=" + get(key))
        .collect(Collectors.joining("\n"));
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
        tables,
        columnRules(),
        copiesAddedTables());
  }

  /** What is checked before the connector is created. */
  public ProviderValidation.Settings validation() {
    return new ProviderValidation.Settings(provisioning(), topicPrefix(), eventTopic().topic());
  }

  /** What is checked beside the reader. */
  public ProviderWatch.Settings watch() {
    return new ProviderWatch.Settings(
        queue(),
        consumer(),
        embeddedTicker(),
        Duration.ofMillis(getInt(PgqSourceKeys.MAINTENANCE_INTERVAL)),
        Duration.ofMillis(getInt(PgqSourceKeys.CAPTURE_CHECK_INTERVAL)),
        remedy());
  }

  /** What is done about triggers that are missing. */
  public TriggerWatch.Settings triggerWatch() {
    return new TriggerWatch.Settings(
        queue(),
        streamsEvents(),
        capturesExternally(),
        tables,
        provisions(),
        getString(PgqSourceKeys.CAPTURE_CHECK).equals("fail"),
        remedy());
  }

  /** True when the connector may install what is missing. */
  public boolean provisions() {
    return getString(PgqSourceKeys.PROVISION).equals("auto");
  }

  /** True when tables that the connector adds are to be copied. */
  public boolean copiesAddedTables() {
    return getString(PgqSourceKeys.SNAPSHOT_MODE).equals("initial");
  }

  /** Which tables are published. */
  public TableFilter tables() {
    return tables;
  }

  /** The configured rules for columns and rows of tables. */
  public ColumnRules columnRules() {
    Map<String, String> conditions = new HashMap<>();
    for (String table : getList(PgqSourceKeys.ROW_FILTER_TABLES)) {
      Object condition = originals().get(PgqSourceKeys.ROW_FILTER_PREFIX + table);
      conditions.put(
          TableId.parse(table).toString(), condition == null ? "" : condition.toString());
    }
    return new ColumnRules(
        patterns(PgqSourceKeys.COLUMN_EXCLUDE_LIST),
        patterns(PgqSourceKeys.COLUMN_INCLUDE_LIST),
        patterns(PgqSourceKeys.MASK_NULL),
        patterns(PgqSourceKeys.MASK_CONSTANT),
        getString(PgqSourceKeys.MASK_CONSTANT_VALUE),
        patterns(PgqSourceKeys.MASK_HASH),
        ConnectionKeys.secret(this, PgqSourceKeys.MASK_HASH_SALT),
        originals().containsKey(PgqSourceKeys.SKIP_UNCHANGED)
            ? Optional.of(getBoolean(PgqSourceKeys.SKIP_UNCHANGED))
            : Optional.empty(),
        conditions);
  }

  private List<Pattern> patterns(String key) {
    return PatternList.parse(key, getString(key));
  }

  /** True when the queue's events are an application's own, not changes of tables. */
  public boolean streamsEvents() {
    return getString(PgqSourceKeys.MODE).equals("events");
  }

  /** True when PgQ's own triggers fill the queue with changes. */
  public boolean capturesExternally() {
    return !streamsEvents() && getString(PgqSourceKeys.CAPTURE).equals("external");
  }

  /** What to do with events that our own triggers did not write. */
  public ExternalPolicy foreignPolicy() {
    return new ExternalPolicy(
        tables,
        getString(PgqSourceKeys.EXTERNAL_EXECUTE).equals("fail"),
        getList(PgqSourceKeys.EXTERNAL_EXECUTED).stream()
            .map(Long::valueOf)
            .collect(Collectors.toSet()),
        getString(PgqSourceKeys.EXTERNAL_UNKNOWN).equals("fail"),
        getString(PgqSourceKeys.EXTERNAL_DATES).equals("fail"));
  }

  /** How large a record may be. */
  public RecordLimit recordLimit() {
    return RecordLimit.of(originals());
  }

  /** The topic that an application's own events go to. */
  public EventTopic eventTopic() {
    String given = getString(PgqSourceKeys.EVENTS_TOPIC);
    return new EventTopic(
        given.isBlank() ? topicPrefix() + ".events" : given,
        queue(),
        EventTopic.Key.of(getString(PgqSourceKeys.EVENTS_KEY)));
  }

  /** What becomes of the names of schemas. */
  public NameAdjustment schemaNames() {
    return NameAdjustment.of(getString(PgqSourceKeys.SCHEMA_NAMES));
  }

  /** What becomes of the names of columns in records. */
  public NameAdjustment fieldNames() {
    return NameAdjustment.of(getString(PgqSourceKeys.FIELD_NAMES));
  }

  /** Which of Debezium's types values have; empty for our own. */
  public Optional<DebeziumModes> debezium() {
    return getString(PgqSourceKeys.VALUES).equals("debezium")
        ? Optional.of(
            DebeziumModes.of(
                getString(PgqSourceKeys.DECIMALS),
                getString(PgqSourceKeys.TIMES),
                getString(PgqSourceKeys.INTERVALS),
                usesAvro()))
        : Optional.empty();
  }

  /** Whether the connector's own keys name a converter whose values have no schemas. */
  public boolean writesNoSchemas() {
    Object converter = originals().get("value.converter");
    return converter != null
        && (converter.toString().endsWith("PlainJsonConverter")
            || converter.toString().endsWith("JsonConverter")
                && "false"
                    .equals(String.valueOf(originals().get("value.converter.schemas.enable"))));
  }

  /** Whether the connector's own keys name a converter to Avro; a worker's may do so, too. */
  public boolean usesAvro() {
    return Stream.of("key.converter", "value.converter")
        .map(originals()::get)
        .anyMatch(converter -> converter != null && converter.toString().contains("Avro"));
  }

  public boolean embeddedTicker() {
    return getString(PgqSourceKeys.TICKER).equals("embedded");
  }

  public Duration heartbeat() {
    return Duration.ofMillis(getInt(PgqSourceKeys.HEARTBEAT_INTERVAL));
  }
}
