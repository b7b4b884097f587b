/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableDefinition.ByPartition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/**
 * Definitions say that a generated column is computed when all partitions compute it alike, for
 * rows of all of them and for copies.
 */
class PartitionExpressionsIT {
  private static final String TWICE = "GENERATED ALWAYS AS ((a * 2)) STORED";

  private final TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
  private final TestSession session = database.open();
  private final TestSession reader = database.open();
  private Layouts layouts;

  @BeforeEach
  void start() throws SQLException {
    assumeTrue(
        session.connection().getMetaData().getDatabaseMajorVersion() >= 18,
        "it has no SET EXPRESSION, or no virtual columns");
    reader.run("set search_path = pg_catalog");
    layouts = new Layouts(reader.connection(), NanoClock.SYSTEM);
  }

  @AfterEach
  void close() {
    reader.close();
    session.close();
    database.close();
  }

  /** Partitions of t: t1 below 100, in other columns' order t2 below 200. */
  private void create(String kind) {
    session.run(
        """
        create table t (id int primary key, a int, g int generated always as (a * 2) %1$s) partition by range (id);
        create table t1 partition of t for values from (0) to (100);
        create table t2 (g int generated always as (a * 2) %1$s, x text, a int, id int not null);
        alter table t2 drop x;
        alter table t attach partition t2 for values from (100) to (200)\
        """
            .formatted(kind));
    session.rows("select pgq_connect.add_table('q', 't')::text");
    write();
  }

  private void write() {
    session.run("insert into t values (1, 1), (101, 1) on conflict (id) do update set a = t.a + 1");
  }

  /** What is said of column g with the rows that are in the queue, and with a copy. */
  private Set<String> said() throws SQLException {
    List<String> ids = session.rows("select distinct ev_extra3 from pgq.event_1");
    assertThat(ids).isNotEmpty();
    layouts = new Layouts(reader.connection(), NanoClock.SYSTEM);
    Set<String> said =
        ids.stream().map(id -> ofRows(Integer.parseInt(id))).collect(Collectors.toSet());
    CopySources sources =
        new CopySources(
            new Session(reader.connection()), "q", Remedy.ofQueue("q"), NanoClock.SYSTEM);
    said.add(g(sources.of(new TableId("public", "t")).layout().definition()));
    return said;
  }

  private String ofRows(int layout) {
    try {
      return g(layouts.decoder(layout).layout().definition());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String g(TableDefinition definition) {
    return String.valueOf(
        definition.columns().stream()
            .filter(column -> column.name().equals("g"))
            .findFirst()
            .orElseThrow()
            .generated());
  }

  private static String apart(String partition) {
    return new ByPartition("public." + partition, "(a * 3)", "(a * 2)").in(TWICE);
  }

  @Test
  void whatAllPartitionsComputeAlikeIsSaidWithoutLockingAny() throws SQLException {
    create("stored");
    try (TestSession other = database.open()) {
      other.run("begin; lock table only t, t1, t2");
      List<String> ids = session.rows("select distinct ev_extra3 from pgq.event_1");
      reader.run("set lock_timeout = '1s'");
      assertThat(ids.stream().map(id -> ofRows(Integer.parseInt(id)))).containsOnly(TWICE);
      other.run("rollback");
    }
    assertThat(said()).containsExactly(TWICE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"t1", "t2"})
  void whatOnePartitionComputesOtherwiseIsSaidOfAllOfThem(String partition) throws SQLException {
    create("stored");
    assertThat(said()).containsExactly(TWICE);
    session.run("alter table %s alter g set expression as (a * 3)".formatted(partition));
    write();
    assertThat(said()).containsExactly(apart(partition));
    session.run("alter table t alter g set expression as (a * 2)");
    write();
    assertThat(said()).containsExactly(TWICE);
  }

  @Test
  void itIsSaidOfVirtualColumns() throws SQLException {
    create("virtual");
    session.run("alter table t1 alter g set expression as (a * 3)");
    write();
    assertThat(said()).containsExactly(apart("t1").replace("STORED", "VIRTUAL"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create table t3 partition of t (g generated always as (a * 3) stored) for values from"
            + " (200) to (300)",
        """
        create table t3 (id int not null, a int, g int generated always as (a * 3) stored);
        alter table t attach partition t3 for values from (200) to (300)\
        """,
        """
        create table t0 partition of t for values from (200) to (400) partition by range (id);
        create table t3 partition of t0 (g generated always as (a * 3) stored) for values from (200) to (300)\
        """
      })
  void itIsSaidOnceSuchAPartitionComes(String change) throws SQLException {
    create("stored");
    assertThat(said()).containsExactly(TWICE);
    session.run(change);
    session.run("insert into t values (201, 1)");
    assertThat(said()).containsExactly(apart("t3"));
    session.rows("select pgq_connect.refresh_table('q', 't')::text");
    session.run("insert into t values (202, 1)");
    assertThat(said()).containsExactly(apart("t3"));
  }

  @Test
  void aMaskedTableSaysItToo() throws SQLException {
    session.run(
        """
        create table t (id int primary key, a int, v text, g int generated always as (a * 2) stored) partition by range (id);
        create table t1 partition of t (g generated always as (a * 3) stored) for values from (0) to (100);
        create table t2 partition of t for values from (100) to (200)\
        """);
    session.rows("select pgq_connect.add_table('q', 't', exclude => '{v}')::text");
    write();
    assertThat(said()).containsExactly(apart("t1"));
  }

  @Test
  void aTableThatInheritsIsAnother() throws SQLException {
    session.run(
        """
        create table t (id int primary key, a int, g int generated always as (a * 2) stored);
        create table child (g int generated always as (a * 3) stored) inherits (t)\
        """);
    session.rows("select pgq_connect.add_table('q', 't')::text");
    session.run("insert into t values (1, 1)");
    assertThat(said()).containsExactly(TWICE);
  }
}
