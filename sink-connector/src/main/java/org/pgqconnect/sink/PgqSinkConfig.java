/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.pgqconnect.config.ConfigKeys;
import org.pgqconnect.config.PatternList;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.sink.apply.BatchFlow;
import org.pgqconnect.sink.intake.TopicOwnership;
import org.pgqconnect.sink.session.SubscriberSession;
import org.pgqconnect.sink.watch.SilenceWatch;
import org.pgqconnect.wire.TopicNames;

/** The sink connector's configuration. */
public final class PgqSinkConfig extends AbstractConfig {
  public static final String TOPICS = TopicOwnership.TOPICS;
  public static final String TOPICS_REGEX = TopicOwnership.TOPICS_REGEX;
  public static final String TASKS_MAX = "tasks.max";
  public static final String TOPIC_PREFIX = TopicOwnership.TOPIC_PREFIX;
  static final String SUBSCRIPTION_NAME = "subscription.name";
  public static final String CONSISTENCY = "consistency";
  public static final String TABLE_INCLUDE_LIST = TopicOwnership.TABLE_INCLUDE_LIST;
  private static final String BUFFER_MAX_ROWS = "buffer.max.rows";
  private static final String BUFFER_MAX_BYTES = "buffer.max.bytes";
  private static final String APPLY_MAX_ROWS = "apply.max.rows";
  private static final String STATEMENT_TIMEOUT = "statement.timeout.ms";
  private static final String LOCK_TIMEOUT = "lock.timeout.ms";
  private static final String IDLE_TIMEOUT = "idle.in.transaction.timeout.ms";
  private static final String TCP_USER_TIMEOUT = "tcp.user.timeout.ms";
  public static final String SOURCE_SILENCE = SilenceWatch.KEY;
  private static final String RETRY_BACKOFF = "retry.backoff.ms";
  private static final String SOCKET_TIMEOUT_PROPERTY = "socketTimeout";
  private static final int SOCKET_TIMEOUT_MARGIN_SECONDS = 30;

  /** Every key that a sink connector's configuration may have. */
  public static final ConfigKeys KEYS = ConfigKeys.ofSink(definition().names());

  private static final String SUBSCRIPTION = "Subscription";
  private static final String SUBSCRIBER = "Subscriber";
  private static final String TUNING = "Tuning";

  public PgqSinkConfig(Map<String, String> properties) {
    super(definition(), properties, false);
  }

  /** All keys that the connector understands, besides Connect's own. */
  static ConfigDef definition() {
    ConfigDef def = new ConfigDef();
    defineSubscription(def);
    ConnectionConfig.define(def, SUBSCRIBER);
    defineTuning(def);
    return def;
  }

  private static void defineSubscription(ConfigDef def) {
    def.define(
            TOPIC_PREFIX,
            Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The topic.prefix of the source connector that reads the queue. Batches are announced in topic <prefix>.transaction, which must be"
                + " among the connector's topics.",
            SUBSCRIPTION,
            1,
            Width.MEDIUM,
            "Topic prefix")
        .define(
            SUBSCRIPTION_NAME,
            Type.STRING,
            null,
            Importance.MEDIUM,
            "Under which name the subscriber keeps its position, in pgq_connect.subscription. Default: the connector's name.",
            SUBSCRIPTION,
            2,
            Width.MEDIUM,
            "Subscription")
        .define(
            TABLE_INCLUDE_LIST,
            Type.STRING,
            "",
            Importance.MEDIUM,
            PatternList.SYNTAX
                + " each matched against the whole of schema.table. Only these tables are applied. Default: all whose topics the connector reads.",
            SUBSCRIPTION,
            3,
            Width.LONG,
            "Tables")
        .define(
            CONSISTENCY,
            Type.STRING,
            "batch",
            ConfigDef.ValidString.in("batch"),
            Importance.LOW,
            "batch: each batch is applied in one transaction over all tables, by one task, so that a reader never sees half a batch.",
            SUBSCRIPTION,
            4,
            Width.SHORT,
            "Consistency");
  }

  private static void defineTuning(ConfigDef def) {
    int order = 0;
    number(
        def,
        BUFFER_MAX_ROWS,
        100_000,
        1_000,
        ++order,
        "Rows held in memory. A batch that is larger is applied as it arrives, in one transaction.");
    def.define(
        BUFFER_MAX_BYTES,
        Type.LONG,
        64L << 20,
        ConfigDef.Range.atLeast(1 << 20),
        Importance.LOW,
        "Bytes of heap that rows held in memory may take, about.",
        TUNING,
        ++order,
        Width.SHORT,
        BUFFER_MAX_BYTES);
    number(
        def,
        APPLY_MAX_ROWS,
        50_000,
        1,
        ++order,
        "When the sink is behind, complete batches are applied together, up to this many rows in one transaction.");
    number(
        def,
        STATEMENT_TIMEOUT,
        300_000,
        0,
        ++order,
        "The server cancels a statement of the sink after this time, in milliseconds; then it is tried again. 0: never.");
    number(
        def,
        LOCK_TIMEOUT,
        30_000,
        0,
        ++order,
        "How long a statement waits for a lock that another session holds, in milliseconds; then it is tried again. 0: for ever.");
    number(
        def,
        IDLE_TIMEOUT,
        300_000,
        0,
        ++order,
        "The server ends the sink's session when an open transaction waits this long for the rest of its batch, in milliseconds. 0: never.");
    number(
        def,
        TCP_USER_TIMEOUT,
        30_000,
        0,
        ++order,
        "The server ends the sink's session when what it sent is not acknowledged for this time, in milliseconds, so that a lost worker does"
            + " not keep locks. 0: the operating system's default.");
    number(
        def,
        RETRY_BACKOFF,
        1_000,
        1,
        ++order,
        "How long to wait before a failure that passes by itself is tried again, in milliseconds.");
    number(
        def,
        SOURCE_SILENCE,
        60_000,
        0,
        ++order,
        "After so long without any batch, not even an empty one, status reports that the source is silent, in milliseconds. Several times the"
            + " source's heartbeat.interval.ms. 0: never.");
  }

  private static void number(
      ConfigDef def, String key, int value, int least, int order, String doc) {
    def.define(
        key,
        Type.INT,
        value,
        ConfigDef.Range.atLeast(least),
        Importance.LOW,
        doc,
        TUNING,
        order,
        Width.SHORT,
        key);
  }

  /** The connector's name in Connect. */
  public String connectorName() {
    return originalsStrings().getOrDefault("name", "pgq-sink");
  }

  /** The group that Connect's consumer is in. */
  public String consumerGroup() {
    return originalsStrings()
        .getOrDefault("consumer.override.group.id", "connect-" + connectorName());
  }

  public String subscription() {
    String name = getString(SUBSCRIPTION_NAME);
    return name == null || name.isBlank() ? connectorName() : name;
  }

  public TopicNames topicNames() {
    return new TopicNames(getString(TOPIC_PREFIX));
  }

  /**
   * Which tables belong to the subscription.
   *
   * @throws ConfigException when a regular expression is not one
   */
  public TopicOwnership ownership() {
    Map<String, String> originals = originalsStrings();
    List<String> topics =
        Pattern.compile(",")
            .splitAsStream(originals.getOrDefault(TOPICS, ""))
            .map(String::trim)
            .filter(topic -> !topic.isEmpty())
            .toList();
    return new TopicOwnership(topicNames(), topics, topicsRegex(), included());
  }

  /** What is wrong with the regular expressions, by key; empty when nothing is. */
  public Map<String, String> regexProblems() {
    Map<String, String> problems = new LinkedHashMap<>();
    noteProblem(problems, TOPICS_REGEX, this::topicsRegex);
    noteProblem(problems, TABLE_INCLUDE_LIST, this::included);
    return problems;
  }

  private static void noteProblem(Map<String, String> problems, String key, Runnable parse) {
    try {
      parse.run();
    } catch (ConfigException e) {
      problems.put(key, e.getMessage());
    }
  }

  private Pattern topicsRegex() {
    String regex = originalsStrings().get(TOPICS_REGEX);
    return regex == null || regex.isBlank() ? null : TopicOwnership.pattern(TOPICS_REGEX, regex);
  }

  private List<Pattern> included() {
    return PatternList.parse(TABLE_INCLUDE_LIST, getString(TABLE_INCLUDE_LIST));
  }

  /** How to reach the subscriber. */
  public ConnectionConfig connection() {
    ConnectionConfig given = ConnectionConfig.of(this);
    Properties driver = new Properties();
    driver.putAll(given.driver());
    if (statementTimeoutMillis() > 0) {
      int seconds = statementTimeoutMillis() / 1000 + SOCKET_TIMEOUT_MARGIN_SECONDS;
      driver.putIfAbsent(SOCKET_TIMEOUT_PROPERTY, Integer.toString(seconds));
    }
    // Else the driver's messages would carry the values of rows that were refused.
    driver.putIfAbsent("logServerErrorDetail", "false");
    return new ConnectionConfig(
        given.host(),
        given.port(),
        given.database(),
        given.user(),
        given.password(),
        given.sslMode(),
        driver);
  }

  /** What the task works with. */
  public BatchFlow.Settings flow() {
    return new BatchFlow.Settings(
        connectorName(),
        consumerGroup(),
        topicNames(),
        ownership(),
        new SubscriberSession.Settings(
            connection(),
            subscription(),
            statementTimeoutMillis(),
            getInt(LOCK_TIMEOUT),
            getInt(IDLE_TIMEOUT),
            getInt(TCP_USER_TIMEOUT)),
        getInt(BUFFER_MAX_ROWS),
        getLong(BUFFER_MAX_BYTES),
        getInt(APPLY_MAX_ROWS),
        getInt(RETRY_BACKOFF),
        getInt(SOURCE_SILENCE));
  }

  private int statementTimeoutMillis() {
    return getInt(STATEMENT_TIMEOUT);
  }
}
