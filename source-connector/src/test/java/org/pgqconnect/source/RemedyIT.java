/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.pgqconnect.failure.Printed.statement;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.source.decode.EventDecoder;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.setup.Problem;
import org.pgqconnect.source.setup.ProviderValidation;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/**
 * The SQL that messages of the provider print runs as it is printed, and then what was refused
 * works: for names that need quotes as well.
 */
class RemedyIT {
  private static final String QUEUE = "it's a \"q\"";
  private static final String TABLE = "\"Mixed Case\".\"a \"\"b\"";

  private final TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
  private final TestSession session = database.open();
  private final TestSession admin = database.open("postgres");

  @BeforeEach
  void createSchema() {
    admin.run("create schema \"Mixed Case\"; grant usage on schema \"Mixed Case\" to installer");
  }

  @AfterEach
  void close() {
    session.close();
    admin.close();
    database.close();
  }

  private static String named(String sql) {
    return sql.replaceAll("\\bT\\b", TABLE)
        .replaceAll("\\bQ\\b", Identifiers.literal(QUEUE).replace("\\", "\\\\"));
  }

  private static String message(ThrowingCallable refused) {
    Throwable thrown = catchThrowable(refused);
    assertThat(thrown).isNotNull();
    return thrown.getMessage();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "create table T (id int primary key) | - | can run: (GRANT TRIGGER ON .*?;)",
        "create unlogged table T (id int primary key); alter table T owner to installer | - | can"
            + " run: (ALTER TABLE .*? SET LOGGED;)",
        "create table T (\"i \"\"d\" int, v text); alter table T owner to installer | i \"d | Have"
            + " them refused: (ALTER TABLE [^\\n"
            + "]*)",
      })
  void aTableIsCapturedAfterWhatTheHintPrints(String ddl, String key, String pattern) {
    admin.run(named(ddl));
    ThrowingCallable add =
        () ->
            session.rows(
                "select pgq_connect.add_table('q', ?::regclass, key_columns => string_to_array(?,"
                    + " '|'))::text",
                TABLE,
                key);
    admin.run(statement(message(add), pattern));
    assertThat(catchThrowable(add)).isNull();
  }

  @Test
  void aSchemaAndATableThatAreRenamedAsPrintedAreCaptured() {
    session.run("create schema \"x.y \"\"z\"; create table \"x.y \"\"z\".t (id int primary key)");
    session.run(
        statement(
            message(
                () -> session.rows("select pgq_connect.add_table('q', '\"x.y \"\"z\".t')::text")),
            "Rename it: (ALTER SCHEMA [^\\n]*)"));
    session.rows("select pgq_connect.add_table('q', '\"x_y \"\"z\".t')::text");
    session.run("create table \"a.b\" (id int primary key); create table a_b (id int primary key)");
    session.rows("select pgq_connect.add_table('q', 'a_b')::text");
    session.run(
        statement(
            message(() -> session.rows("select pgq_connect.add_table('q', '\"a.b\"')::text")),
            "Rename one of them: (ALTER TABLE .*?);"));
    session.rows("select pgq_connect.add_table('q', '\"a.b_2\"')::text");
  }

  /** What is done with the queue before, what is refused, and what the hint prints. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "- | select pgq.insert_event(Q, 'a', 'b') | To create it: (select [^\\n]*)",
        "select pgq.create_queue(Q); update pgq.queue set queue_disable_insert = true"
            + "| select pgq.insert_event(Q, 'a', 'b') | To allow it: (update [^\\n]*)",
        "select pgq.create_queue(Q); create table t (id int primary key); select"
            + " pgq_connect.add_table(Q, 't'); update pgq.queue set queue_disable_insert = true|"
            + " insert into t values (1) | To allow it: (update [^\\n"
            + "]*)",
        "select pgq.create_queue(Q) | select pgq.next_batch(Q, 'it''s \"c\"') | To subscribe:"
            + " (select [^\\n"
            + "]*)",
        "select pgq.create_queue(Q); select pgq.set_queue_config(Q, 'ticker_paused', 'true')"
            + "| select pgq.ticker(Q) | To resume: (select [^\\n]*)",
        "select pgq.create_queue(Q); select pgq.register_consumer(Q, 'c')"
            + "| select pgq.drop_queue(Q) | Unregister them or run: (select [^\\n]*)"
      })
  void aQueueTakesWhatItRefusedAfterWhatTheHintPrints(
      String before, String refused, String pattern) {
    if (before != null) {
      session.run(named(before));
    }
    session.run(statement(message(() -> session.run(named(refused))), pattern));
    if (refused.contains("drop_queue")) {
      assertThat(session.rows("select queue_name from pgq.queue")).containsExactly("q");
    } else {
      session.run(named(refused));
    }
  }

  @Test
  void aQueueThatIsMissingIsCreated() throws Exception {
    Queue queue = new Queue(session.connection(), QUEUE, "c");
    session.run(statement(message(queue::requireExists), "or in SQL: (select .*)"));
    queue.requireExists();
  }

  private List<String> problems(String pattern) {
    Map<String, String> keys = new HashMap<>(database.connectorKeys());
    keys.putAll(
        Map.of(
            "name", "own", "topic.prefix", "p", "queue.name", "q", "table.include.list", pattern));
    return new ProviderValidation(new PgqSourceConfig(keys).validation(), NanoClock.SYSTEM)
        .problems().stream().map(Problem::message).toList();
  }

  /** Each statement removes the problem that it stands in; several may be there. */
  @Test
  void aTableThatTheRoleMayNotUseIsCapturedAfterTheGrantsThatAreReported() {
    admin.run(
        named(
            "create table T (id int primary key); revoke usage on schema \"Mixed Case\" from"
                + " installer"));
    String table = "Mixed Case\\.a \"b";
    assertThat(problems(table)).hasSize(3);
    for (int left = 3; left > 0; left--) {
      String problem = problems(table).get(0);
      admin.run(
          problem.contains("cannot create triggers")
              ? statement(problem, "Grant it: (GRANT TRIGGER ON .*?), or add")
              : statement(problem, "Grant it: (GRANT .*)"));
      assertThat(problems(table)).hasSize(left - 1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create table T (\"i \"\"d\" int) | for instance: (ALTER TABLE .*?); or leave",
        "create table T (\"i \"\"d\" int not null unique) | its primary key: (ALTER TABLE .*)",
      })
  void aTableGetsTheKeyThatIsReported(String ddl, String pattern) {
    admin.run(
        named(ddl + "; alter table T owner to installer")
            + "; grant create on schema \"Mixed Case\" to installer");
    String table = "Mixed Case\\.a \"b";
    session.run(statement(problems(table).get(0), pattern));
    assertThat(problems(table)).isEmpty();
  }

  @Test
  void aSchemaWithADotIsRenamedAsReported() {
    session.run("create schema \"x.y \"\"z\"; create table \"x.y \"\"z\".t (id int primary key)");
    session.run(
        statement(problems("x.y \"z\\.t").get(0), "Rename it: (ALTER SCHEMA .*?); or leave"));
    assertThat(problems("x_y \"z\\.t")).isEmpty();
  }

  @Test
  void aTableWhoseTopicIsTakenIsRenamedAsReported() {
    session.run("create table \"a.b\" (id int primary key); create table a_b (id int primary key)");
    session.run(
        statement(
            problems("public\\.a.b").get(0), "Rename one of them: (ALTER TABLE .*?); or leave"));
    assertThat(problems("public\\.a.b.*")).isEmpty();
  }

  @Test
  void theOtherEventsOfAQueueOfAnyNameAreDeletedAsPrinted() throws Exception {
    new EngineInstaller().createQueue(session.connection(), QUEUE);
    session.rows("select pgq.insert_event(?, 'hello', 'world')", QUEUE);
    String refused =
        message(
            () ->
                new EventDecoder(QUEUE, new Layouts(session.connection(), NanoClock.SYSTEM))
                    .decode(new Event(1, 0, 0, "hello", "world", null, null, null)));
    session.run(statement(refused, "delete them: (DO .*? END \\$\\$;) and restart"));
    assertThat(session.text("select count(*) from pgq.event_template")).isEqualTo("0");
  }
}
