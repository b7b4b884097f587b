/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.pgqconnect.failure.Printed.statement;

import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * The SQL that messages print runs as it is printed, and then the sink continues: for names that
 * need quotes as well, and where a partition has what is in the way.
 */
class RemedyIT {
  private static final String ROLE = "o\"dd 'role";
  private static final TestQueue.Table ODD =
      TestQueue.table("Mixed Case.a \"b", 1, "id bigint", "v\"x text");

  /** Where it is replicated, too, the sink does not wait for its copy. */
  private static final TestQueue.Table OTHER =
      TestQueue.table("Mixed Case.own \"1", 1, "id bigint");

  private final TestDatabase database = new TestDatabase();
  private TestWorker worker;
  private TestQueue queue;

  @AfterEach
  void close() {
    if (worker != null) {
      worker.close();
    }
    database.run("REVOKE SET ON PARAMETER session_replication_role FROM " + role());
    database.run("ALTER ROLE %s NOBYPASSRLS; ALTER ROLE %1$s RESET ALL".formatted(role()));
    database.close();
  }

  private static String role() {
    return "\"o\"\"dd 'role\"";
  }

  /**
   * @param ddl with {@code T} for the odd table, {@code S} for its schema, {@code V} for its column
   */
  private void deploy(String ddl) {
    database.run(
        """
        DO $$ BEGIN
          CREATE ROLE %s LOGIN PASSWORD 'odd';
        EXCEPTION WHEN duplicate_object THEN NULL;
        END $$;
        CREATE SCHEMA "Mixed Case";
        GRANT CREATE ON DATABASE %s TO %1$s\
        """
            .formatted(role(), database.name));
    database.run(named(ddl));
    database.run(
        "GRANT USAGE ON SCHEMA \"Mixed Case\" TO %1$s; GRANT ALL ON ALL TABLES IN SCHEMA \"Mixed Case\" TO %1$s"
            .formatted(role()));
    connect();
  }

  private void connect() {
    worker =
        new TestWorker(database.config("database.user", ROLE, "database.password", "odd"), false);
    queue = new TestQueue(worker);
  }

  private static String named(String sql) {
    return sql.replaceAll("\\bT\\b", "\"Mixed Case\".\"a \"\"b\"")
        .replaceAll("\\bS\\b", "\"Mixed Case\"")
        .replaceAll("\\bV\\b", "\"v\"\"x\"");
  }

  private String failure() {
    Throwable thrown =
        catchThrowable(
            () -> {
              worker.start();
              worker.drain();
            });
    assertThat(thrown).isInstanceOf(ConnectException.class);
    return thrown.getMessage();
  }

  private void apply() {
    worker.start();
    worker.drain();
  }

  /** What is on the subscriber, what the message prints, and how often until the sink continues. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE TABLE T (id bigint PRIMARY KEY, V text, \"o \"\"own\" text NOT NULL)"
            + "| before it forbade them: (ALTER TABLE .*? DROP NOT NULL;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text, own text) PARTITION BY RANGE (id); CREATE"
            + " TABLE S.\"p \"\"1\" PARTITION OF T DEFAULT; ALTER TABLE S.\"p \"\"1\" ALTER own SET"
            + " NOT NULL| before it forbade them: (ALTER TABLE .*? DROP NOT NULL;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text, own text NOT NULL) PARTITION BY RANGE (id);"
            + " CREATE TABLE S.\"p \"\"1\" PARTITION OF T DEFAULT"
            + "| before it forbade them: (ALTER TABLE .*? DROP NOT NULL;)",
        "CREATE DOMAIN S.\"d \"\"1\" AS text NOT NULL; CREATE TABLE T (id bigint PRIMARY KEY, V"
            + " S.\"d \"\"1\")| Run: (ALTER DOMAIN .*? DROP NOT NULL;)",
        "CREATE DOMAIN S.\"d \"\"1\" AS text CONSTRAINT \"c \"\"1\" CHECK (value <> 'a'); CREATE"
            + " TABLE T (id bigint PRIMARY KEY, V S.\"d \"\"1\")| Run: (ALTER DOMAIN .*? DROP"
            + " CONSTRAINT .*?;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text CONSTRAINT \"c \"\"1\" CHECK (V <> 'a'))"
            + "| Run: (ALTER TABLE .*? DROP CONSTRAINT .*?;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text) PARTITION BY RANGE (id); CREATE TABLE S.\"p"
            + " \"\"1\" PARTITION OF T DEFAULT; ALTER TABLE S.\"p \"\"1\" ADD CONSTRAINT \"c"
            + " \"\"1\" CHECK (V <> 'a')| Run: (ALTER TABLE .*? DROP CONSTRAINT .*?;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text CONSTRAINT \"u \"\"1\" UNIQUE); INSERT INTO"
            + " T VALUES (9, 'a')| or drop the constraint: (ALTER TABLE .*? DROP CONSTRAINT .*?;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text); CREATE UNIQUE INDEX \"u \"\"1\" ON T (V);"
            + " INSERT INTO T VALUES (9, 'a')| or drop the constraint: (.*?;) then",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text) PARTITION BY RANGE (id); CREATE TABLE S.\"p"
            + " \"\"1\" PARTITION OF T DEFAULT; CREATE UNIQUE INDEX \"u \"\"1\" ON S.\"p \"\"1\""
            + " (V); INSERT INTO T VALUES (9, 'a')| or drop the constraint: (.*?;) then",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text) PARTITION BY RANGE (id); CREATE TABLE S.\"p"
            + " \"\"1\" PARTITION OF T DEFAULT; ALTER TABLE S.\"p \"\"1\" ADD CONSTRAINT \"u"
            + " \"\"1\" UNIQUE (V); INSERT INTO T VALUES (9, 'a')| or drop the constraint: (.*?;)"
            + " then",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text, CONSTRAINT \"e \"\"1\" EXCLUDE USING btree"
            + " (V WITH =)); INSERT INTO T VALUES (9, 'a')| or drop the constraint: (ALTER TABLE"
            + " .*? DROP CONSTRAINT .*?;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text); CREATE FUNCTION S.no() RETURNS trigger"
            + " LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'; CREATE TRIGGER \"g \"\"1\" BEFORE"
            + " INSERT ON T FOR EACH ROW EXECUTE FUNCTION S.no()| or switch the table's triggers"
            + " off: (ALTER TABLE .*?;) then",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text) PARTITION BY RANGE (id); CREATE TABLE S.\"p"
            + " \"\"1\" PARTITION OF T DEFAULT; CREATE FUNCTION S.no() RETURNS trigger LANGUAGE"
            + " plpgsql AS 'BEGIN RAISE ''no''; END'; CREATE TRIGGER \"g \"\"1\" BEFORE INSERT ON"
            + " S.\"p \"\"1\" FOR EACH ROW EXECUTE FUNCTION S.no()| or switch the table's triggers"
            + " off: (ALTER TABLE .*?;) then",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text); CREATE FUNCTION S.no() RETURNS trigger"
            + " LANGUAGE plpgsql AS 'BEGIN PERFORM nowhere(); END'; CREATE TRIGGER \"g \"\"1\""
            + " BEFORE INSERT ON T FOR EACH ROW EXECUTE FUNCTION S.no()| or disable the trigger:"
            + " (ALTER TABLE .*?;) Then",
        "CREATE TABLE S.\"all \"\"1\" (id bigint PRIMARY KEY, V text) PARTITION BY RANGE (id);"
            + " CREATE TABLE T PARTITION OF S.\"all \"\"1\" FOR VALUES FROM (7) TO (8)| Detach it:"
            + " (ALTER TABLE .*? DETACH PARTITION .*?;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text) PARTITION BY RANGE (id)"
            + "| one for all other rows: (CREATE TABLE .*? DEFAULT;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V bytea) | Run: (ALTER TABLE .*?;) Then",
        "CREATE TABLE T (id bigint PRIMARY KEY) | Run: (ALTER TABLE .*? ADD COLUMN .*?;) Then",
        "CREATE TABLE T (id bigint, V text) | Run: (ALTER TABLE .*? ADD PRIMARY KEY .*?;) Then",
        "CREATE TABLE T (id bigint NOT NULL, V text, own integer GENERATED ALWAYS AS IDENTITY"
            + " PRIMARY KEY) | Run: (ALTER TABLE .*? ADD UNIQUE .*?;) Then",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text); ALTER TABLE T ENABLE ROW LEVEL SECURITY |"
            + " As a superuser run: (ALTER ROLE .*?;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text); ALTER TABLE T ENABLE ROW LEVEL SECURITY |"
            + " as the table's owner \"postgres\": (ALTER TABLE .*?;)",
        "CREATE UNLOGGED TABLE T (id bigint PRIMARY KEY, V text) | As its owner \"postgres\" run:"
            + " (ALTER TABLE .*?;)",
        "CREATE TABLE T (id bigint PRIMARY KEY, V text); CREATE RULE \"r \"\"1\" AS ON INSERT TO T"
            + " DO INSTEAD NOTHING | owner \"postgres\" run: (ALTER TABLE .*?;)",
      })
  void aRowIsTakenAfterWhatTheMessagePrints(String ddl, String pattern) {
    deploy(ddl);
    takesTheRowAfter(pattern);
  }

  private void begin(TestQueue.Table... others) {
    TestQueue.Batch first = queue.batch(0, 1).begin().copied(ODD, false);
    for (TestQueue.Table other : others) {
      first.copied(other, false);
    }
    first.end();
  }

  private void takesTheRowAfter(String pattern, TestQueue.Table... others) {
    begin(others);
    queue.batch(1, 2).begin().c(ODD, 1L, "a").c(ODD, 2L, null).end();
    database.run(statement(failure(), pattern));
    apply();
    assertThat(database.rows(named("SELECT id, V FROM T WHERE id < 9 ORDER BY id")))
        .containsExactly("1|a", "2|null");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE TABLE S.\"own \"\"1\" (id bigint PRIMARY KEY, v text UNIQUE); CREATE TABLE T (id"
            + " bigint PRIMARY KEY, V text CONSTRAINT \"f \"\"1\" REFERENCES S.\"own \"\"1\" (v))|"
            + " is to have no such right: (ALTER TABLE .*? DROP CONSTRAINT .*?;)",
        "CREATE TABLE S.\"own \"\"1\" (id bigint PRIMARY KEY, v text UNIQUE); CREATE TABLE T (id"
            + " bigint PRIMARY KEY, V text CONSTRAINT \"f \"\"1\" REFERENCES S.\"own \"\"1\" (v))"
            + " PARTITION BY RANGE (id); CREATE TABLE S.\"p \"\"1\" PARTITION OF T DEFAULT| is to"
            + " have no such right: (ALTER TABLE .*? DROP CONSTRAINT .*?;)",
        "CREATE TABLE S.\"own \"\"1\" (id bigint PRIMARY KEY, v text UNIQUE); CREATE TABLE T (id"
            + " bigint PRIMARY KEY, V text CONSTRAINT \"f \"\"1\" REFERENCES S.\"own \"\"1\" (v))|"
            + " \\(PostgreSQL 15 and later\\): (GRANT SET ON PARAMETER .*?;)",
      })
  void aRowThatRefersToNoneIsTakenAfterWhatTheMessagePrints(String ddl, String pattern) {
    deploy(ddl);
    takesTheRowAfter(pattern, OTHER);
  }

  /** Its message is followed by those of what is to be granted. */
  @Test
  void aTableThatIsMissingIsCreatedAndGranted() {
    deploy("SELECT");
    database.run("DROP SCHEMA \"Mixed Case\"");
    begin();
    queue.batch(1, 2).begin().c(ODD, 1L, "a").end();
    database.run(statement(failure(), "Create it:\n(.*;)\nThen restart"));
    String message = failure();
    assertThat(message).contains("Run as its owner \"postgres\"");
    database.run(statement(message, "(GRANT USAGE ON SCHEMA .*?; GRANT .*?;)"));
    apply();
    assertThat(database.rows(named("SELECT * FROM T"))).containsExactly("1|a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE VIEW T AS SELECT 1::bigint AS id, ''::text AS V | view",
        "CREATE MATERIALIZED VIEW T AS SELECT 1::bigint AS id, ''::text AS V | materialized view",
        "CREATE TYPE T AS (id bigint, V text) | type",
        "CREATE SEQUENCE T | sequence",
        "CREATE TABLE S.other (id bigint); CREATE INDEX \"a \"\"b\" ON S.other (id) | index",
      })
  void whatIsNoTableMakesRoomForOne(String ddl, String kind) {
    deploy(ddl);
    begin();
    queue.batch(1, 2).begin().c(ODD, 1L, "a").end();
    String message = failure();
    assertThat(message)
        .contains("Mixed Case.a \"b on the subscriber is a")
        .contains(" " + kind + ", but rows are written to tables");
    database.run(statement(message, "(ALTER .*? RENAME TO .*?;)"));
    database.run(
        named("CREATE TABLE T (id bigint PRIMARY KEY, V text); GRANT ALL ON T TO ") + role());
    apply();
    assertThat(database.rows(named("SELECT * FROM T"))).containsExactly("1|a");
  }

  @Test
  void anIdentityThatTheProviderFills() {
    TestQueue.Table t =
        TestQueue.table("Mixed Case.a \"b", 1, "id bigint", "n\"x bigint", "v text");
    deploy(
        "CREATE TABLE T (id bigint PRIMARY KEY, \"n\"\"x\" bigint GENERATED ALWAYS AS IDENTITY, v"
            + " text)");
    queue.batch(0, 1).begin().copied(t, false).end();
    queue.batch(1, 2).begin().c(t, 1L, 5L, "a").u(t, 1L, 6L, "a").end();
    database.run(statement(failure(), "Run: (ALTER TABLE .*? SET GENERATED BY DEFAULT;)"));
    apply();
    assertThat(database.rows(named("SELECT * FROM T"))).containsExactly("1|6|a");
  }

  @Test
  void aLabelThatATypeOfAnyNameLacks() {
    TestQueue.Table t =
        TestQueue.table("Mixed Case.a \"b", 1, "id bigint", "v \"Mixed Case\".\"m \"\"d\"");
    deploy(
        "CREATE TYPE S.\"m \"\"d\" AS ENUM ('x'); CREATE TABLE T (id bigint PRIMARY KEY, v S.\"m"
            + " \"\"d\")");
    queue.batch(0, 1).begin().copied(t, false).end();
    queue.batch(1, 2).begin().c(t, 1L, "it's: \"good\" \\").end();
    database.run(statement(failure(), "(ALTER TYPE .*? ADD VALUE .*?;) then restart"));
    apply();
    assertThat(database.rows(named("SELECT * FROM T"))).containsExactly("1|it's: \"good\" \\");
  }

  private void referredTo(String foreignKey, String more, TestQueue.Table... others) {
    deploy(
        "CREATE TABLE T (id bigint PRIMARY KEY, V text UNIQUE); CREATE TABLE S.\"own \"\"1\" (id"
            + " bigint PRIMARY KEY, v text, t bigint CONSTRAINT \"f \"\"1\" "
            + foreignKey
            + ")"
            + more);
    begin(others);
    queue.batch(1, 2).begin().c(ODD, 1L, "a").c(ODD, 2L, "b").end();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | or drop the constraint: (ALTER TABLE .*?;) then",
        "' PARTITION BY LIST (id); CREATE TABLE S.\"p 1\" PARTITION OF S.\"own \"\"1\" DEFAULT' |"
            + " or drop the constraint: (ALTER TABLE .*?;) then",
        "'' | \\(PostgreSQL 15 and later\\): (GRANT SET ON PARAMETER .*?;)"
      })
  void aRowThatOneOfTheSubscriberRefersTo(String more, String pattern) {
    referredTo("REFERENCES T", more, OTHER);
    apply();
    database.run("INSERT INTO \"Mixed Case\".\"own \"\"1\" VALUES (1, 'x', 1)");
    queue.batch(2, 3).begin().d(ODD, 1L, null).end();
    String message = failure();
    assertThat(message).contains("Rows of table Mixed Case.");
    database.run(statement(message, pattern));
    apply();
    assertThat(database.rows(named("SELECT * FROM T"))).containsExactly("2|b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "since the provider's own deletes are replicated:\n(ALTER TABLE .*;)\nThen",
        "run, as a superuser: (GRANT SET ON PARAMETER .*?;)"
      })
  void anActionThatWouldReachRowsOfTheSubscriber(String pattern) {
    referredTo("REFERENCES T ON DELETE SET NULL (t) ON UPDATE CASCADE", "");
    apply();
    database.run("INSERT INTO \"Mixed Case\".\"own \"\"1\" VALUES (1, 'x', 2)");
    queue.batch(2, 3).begin().d(ODD, 1L, null).end();
    database.run(statement(failure(), pattern));
    apply();
    assertThat(database.rows(named("SELECT * FROM T"))).containsExactly("2|b");
    assertThat(database.rows("SELECT t FROM \"Mixed Case\".\"own \"\"1\"")).containsExactly("2");
  }

  /** The right goes while the sink runs. */
  @Test
  void rowsThatWaitInTemporaryTables() {
    deploy("CREATE TABLE T (id bigint PRIMARY KEY, V text UNIQUE)");
    worker.configs().put("buffer.max.rows", "1000");
    begin();
    queue.batch(1, 2).begin().c(ODD, 1L, "a").c(ODD, 2L, "b").end();
    apply();
    database.run("REVOKE TEMPORARY ON DATABASE %s FROM PUBLIC".formatted(database.name));
    TestQueue.Batch large = queue.batch(2, 3).begin().u(ODD, 1L, "b");
    for (long i = 3; i < 3000; i++) {
      large.c(ODD, i, "v" + i);
    }
    large.u(ODD, 2L, "a").end();
    Throwable refused = catchThrowable(worker::drain);
    assertThat(refused).isInstanceOf(ConnectException.class);
    database.run(
        statement(
            refused.getMessage(), "which role .* cannot create\\. Run: (GRANT TEMPORARY .*?;)"));
    apply();
    assertThat(database.value(named("SELECT count(*) FROM T"))).isEqualTo("2999");
  }

  @ParameterizedTest
  @ValueSource(strings = {"as a superuser: (ALTER ROLE .*?;)", "later: (GRANT SET .*?;)"})
  void rowsThatAreNotCounted(String pattern) {
    referredTo("REFERENCES T ON DELETE CASCADE", "", OTHER);
    database.run("ALTER ROLE %s SET track_counts = off".formatted(role()));
    apply();
    queue.batch(2, 3).begin().d(ODD, 1L, null).end();
    String message = failure();
    assertThat(message).startsWith("track_counts is off on the subscriber");
    database.run(statement(message, pattern));
    apply();
    assertThat(database.rows(named("SELECT id FROM T"))).containsExactly("2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "since the provider's own changes are replicated:\n(ALTER TABLE .*;)\nThen",
        "run, as a superuser: (GRANT SET ON PARAMETER .*?;)"
      })
  void valuesThatCannotMove(String pattern) {
    referredTo(
        "REFERENCES T",
        "; ALTER TABLE S.\"own \"\"1\" ADD CONSTRAINT \"f \"\"2\" FOREIGN KEY (v) REFERENCES T (V)"
            + " ON DELETE RESTRICT ON UPDATE RESTRICT");
    String message = failure();
    assertThat(message).contains("cannot go from one row to another on the subscriber");
    database.run(statement(message, pattern));
    apply();
    assertThat(database.value(named("SELECT count(*) FROM T"))).isEqualTo("2");
  }
}
