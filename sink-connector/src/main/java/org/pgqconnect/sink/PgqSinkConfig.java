/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigException;
import org.pgqconnect.config.ConfigKeys;
import org.pgqconnect.config.ConnectionKeys;
import org.pgqconnect.config.KeyGroup;
import org.pgqconnect.config.PatternList;
import org.pgqconnect.config.TableFilter;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.sink.flow.BatchFlow;
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
    defineSubscription(new KeyGroup(def, SUBSCRIPTION));
    ConnectionKeys.define(def, SUBSCRIBER);
    KeyGroup tuning = new KeyGroup(def, TUNING);
    defineBatching(tuning);
    defineServerTimeouts(tuning);
    defineTaskTimes(tuning);
    return def;
  }

  private static void defineSubscription(KeyGroup group) {
    group
        .required(
            TOPIC_PREFIX,
            new ConfigDef.NonEmptyString(),
            "The topic.prefix of the source connector that reads the queue. Topic"
                + " <prefix>.transaction holds the boundaries of batches and must be among the"
                + " connector's topics.")
        .text(
            SUBSCRIPTION_NAME,
            null,
            null,
            Importance.MEDIUM,
            "Name of the row of pgq_connect.subscription in which the subscriber stores its"
                + " position. Default: the connector's name.")
        .text(
            TABLE_INCLUDE_LIST,
            "",
            null,
            Importance.MEDIUM,
            "Tables to apply. "
                + PatternList.SYNTAX
                + " Each must match the whole of schema.table. Default: all tables whose topics the"
                + " connector reads.");
  }

  private static void defineBatching(KeyGroup group) {
    group
        .number(
            BUFFER_MAX_ROWS,
            100_000,
            1_000,
            "Maximum number of rows in memory. A larger batch is applied while it arrives, in one"
                + " transaction.")
        .bytes(
            BUFFER_MAX_BYTES,
            64L << 20,
            1 << 20,
            "Maximum heap that the rows in memory occupy, in bytes (estimated).")
        .number(
            APPLY_MAX_ROWS,
            50_000,
            1,
            "When the sink lags, it applies several complete batches in one transaction, up to this"
                + " number of rows.");
  }

  private static void defineServerTimeouts(KeyGroup group) {
    group
        .number(
            STATEMENT_TIMEOUT,
            300_000,
            0,
            "Time after which the server cancels a statement of the sink, in milliseconds; the sink"
                + " then retries. 0: no limit.")
        .number(
            LOCK_TIMEOUT,
            30_000,
            0,
            "Maximum time that a statement waits for a lock of another session, in milliseconds;"
                + " the sink then retries. 0: no limit.")
        .number(
            IDLE_TIMEOUT,
            300_000,
            0,
            "Time after which the server ends the sink's session when an open transaction waits for"
                + " the rest of its batch, in milliseconds. 0: no limit.")
        .number(
            TCP_USER_TIMEOUT,
            30_000,
            0,
            "Time after which the server ends the sink's session when its data is not acknowledged,"
                + " in milliseconds, so that a lost worker keeps no locks. 0: the operating"
                + " system's default.");
  }

  private static void defineTaskTimes(KeyGroup group) {
    group
        .number(
            RETRY_BACKOFF,
            1_000,
            1,
            "Wait before the sink retries after a temporary failure, in milliseconds.")
        .number(
            SOURCE_SILENCE,
            60_000,
            0,
            "Time without any batch, even an empty one, after which status reports that the source"
                + " is silent, in milliseconds. Set it to several times the source's"
                + " heartbeat.interval.ms. 0: never.");
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
    return TopicOwnership.of(
        topicNames(),
        originals.getOrDefault(TOPICS, ""),
        originals.get(TOPICS_REGEX),
        getString(TABLE_INCLUDE_LIST));
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

  private TableFilter included() {
    return TableFilter.parse(getString(TABLE_INCLUDE_LIST));
  }

  /** How to reach the subscriber. */
  public ConnectionConfig connection() {
    ConnectionConfig given = ConnectionKeys.of(this);
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
