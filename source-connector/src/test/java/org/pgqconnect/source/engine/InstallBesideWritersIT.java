/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.OwnLock;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * Installing again, and uninstalling, while the application has a transaction open that wrote to
 * captured tables. Those that were altered since they were added are captured the slow way, which
 * reads and writes tables of schema pgq_connect.
 */
class InstallBesideWritersIT {

  /** Nothing here takes longer, unless it waits for a transaction that stays open. */
  private static final int PATIENCE_SECONDS = 20;

  private final EngineInstaller installer = new EngineInstaller();
  private TestDatabase database;
  private TestSession session;
  private TestSession writer;
  private TestSession other;

  @BeforeEach
  void captureTablesAndAlterThem() {
    database = TestServer.EMBEDDED.newDatabase().withQueue();
    session = database.open();
    writer = database.open();
    other = database.open();
    session.run(
        """
        create table a (id int primary key);
        create table b (id int primary key);
        create table c (id int primary key);
        select pgq_connect.add_table('q', 'a'), pgq_connect.add_table('q', 'b'), pgq_connect.add_table('q', 'c');
        alter table a add column v int;
        alter table b add column v int;
        alter table c add column v int;\
        """);
  }

  @AfterEach
  void close() {
    other.close();
    writer.close();
    session.close();
    database.close();
  }

  @Test
  void installingAgainWaitsForNoWriterAndNoWriterWaitsForIt() throws Exception {
    writer.run("begin; insert into a values (1)");
    other.run("set statement_timeout = '10s'");
    CompletableFuture<Void> install = inBackground(this::installAgain);
    CompletableFuture<Void> writes =
        inBackground(
            () -> {
              for (int id = 100; !install.isDone() || id == 100; id++) {
                other.run("insert into a values (%d)".formatted(id));
              }
            });
    install.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    writes.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    writer.run("insert into b values (1); commit");
    assertThat(session.text("select count(*) from b")).isEqualTo("1");
  }

  @Test
  void installingAgainTakesNoLockThatAWriterWaitsFor() throws Exception {
    session.connection().setAutoCommit(false);
    installAgain();
    assertThat(
            session.rows(
                """
                select distinct l.relation::regclass::text, l.mode
                  from pg_locks l join pg_class c on c.oid = l.relation
                 where l.pid = pg_backend_pid() and l.locktype = 'relation'
                   and c.relnamespace in ('pgq'::regnamespace, 'pgq_connect'::regnamespace, 'public'::regnamespace)
                   and l.mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
                 order by 1, 2\
                """))
        .isEmpty();
    session.connection().rollback();
  }

  /** As when a later version brings an index: this one finds that it is missing. */
  @Test
  void aWriterIsNoVictimOfAnUpgradeThatWaitsForIt() throws Exception {
    session.run("drop index pgq_connect.layout_fingerprint_idx");
    writer.run("begin; insert into a values (1)");
    CompletableFuture<Void> install = inBackground(this::installAgain);
    awaitInstallationThatWaits();
    long from = System.nanoTime();
    other.run("begin; insert into b values (100)");
    assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(5));
    other.run("commit");
    awaitInstallationThatWaits();
    writer.run("insert into b values (1); commit");
    install.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(session.text("select to_regclass('pgq_connect.layout_fingerprint_idx')::text"))
        .isEqualTo("pgq_connect.layout_fingerprint_idx");
    assertThat(session.rows("select id from b order by 1")).containsExactly("1", "100");
  }

  @Test
  void anUpgradeNamesTheWriterThatItCannotPass() throws Exception {
    session.run("drop index pgq_connect.layout_fingerprint_idx");
    writer.run("set application_name = 'night job'; begin; insert into a values (1)");
    EngineInstaller hasty = hasty();
    assertThatThrownBy(() -> hasty.install(session.connection()))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining(
            "What is to be upgraded could not be locked in 2 attempts of 100 ms each. Blocked by:"
                + " pid ")
        .hasMessageContaining("application 'night job', transaction open for 00:00:0")
        .hasMessageContaining("then repeat the command");
    writer.run("commit");
    hasty.install(session.connection());
  }

  @Test
  void anInstallationNamesTheOneThatItWaitsFor() throws Exception {
    writer.run("begin; insert into a values (1)");
    other.run("set application_name = 'the other'");
    other.run("begin; " + OwnLock.INSTALL_PROVIDER.take());
    EngineInstaller once =
        new EngineInstaller(new LockAttempts(Duration.ofMillis(100), 1, Duration.ZERO));
    assertThatThrownBy(() -> once.install(session.connection()))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining(
            "Another session installs, upgrades or uninstalls pgq-connect in this database, and did"
                + " not end in 1 attempts of 10000 ms each. Blocked by: pid ")
        .hasMessageContaining("application 'the other', transaction open for 00:00:")
        .satisfies(e -> assertThat(e.getMessage().split("; pid ")).as("only that one").hasSize(1))
        .hasMessageContaining("then repeat the command");
    other.run("commit");
    once.install(session.connection());
  }

  @Test
  void anInstallationWaitsForItsTurn() throws Exception {
    other.run("begin; " + OwnLock.INSTALL_PROVIDER.take());
    CompletableFuture<Void> install = inBackground(this::installAgain);
    awaitInstallationThatWaits();
    other.run("commit");
    install.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void uninstallingNamesWhoChangesWhatIsCaptured() throws Exception {
    writer.run("begin; insert into a values (1)");
    other.run("set application_name = 'the other'");
    other.run("begin; " + LockSql.TAKE_CAPTURE);
    EngineInstaller once =
        new EngineInstaller(new LockAttempts(Duration.ofMillis(100), 1, Duration.ZERO));
    assertThatThrownBy(() -> uninstall(once))
        .hasMessageContaining(
            "Another session adds, refreshes or removes a captured table in this database, and did"
                + " not end")
        .hasMessageContaining("application 'the other'")
        .satisfies(e -> assertThat(e.getMessage().split("; pid ")).as("only that one").hasSize(1));
    assertThat(session.rows("select distinct state from pgq_connect.table_copy"))
        .as("nothing was removed")
        .containsExactly("requested");
  }

  @Test
  void aWriterIsNoVictimOfUninstallingThatWaitsForIt() throws Exception {
    writer.run("begin; insert into b values (1)");
    CompletableFuture<Void> uninstall = inBackground(() -> uninstall(installer));
    awaitInstallationThatWaits();
    long from = System.nanoTime();
    other.run("begin; insert into b values (100)");
    assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(5));
    other.run("commit");
    awaitInstallationThatWaits();
    writer.run("insert into a values (1); insert into c values (1); commit");
    uninstall.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.NONE);
    writer.run("insert into b values (2)");
    assertThat(session.rows("select id from b order by 1")).containsExactly("1", "2", "100");
  }

  @Test
  void uninstallingSaysWhatItHasRemovedAndWhoBlocksTheRest() throws Exception {
    writer.run("set application_name = 'night job'; begin; insert into b values (1)");
    EngineInstaller hasty = hasty();
    assertThatThrownBy(() -> uninstall(hasty))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Table public.b could not be locked in 2 attempts of 100 ms each")
        .hasMessageContaining("application 'night job', transaction open for 00:00:0")
        .hasMessageEndingWith("the changes of public.a are captured no more");
    assertThat(session.rows("select table_name, state from pgq_connect.table_copy order by 1"))
        .as("adding it again would copy it again")
        .containsExactly("a|removed", "b|requested", "c|requested");
    writer.run("commit");
    uninstall(hasty);
    assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.NONE);
  }

  @Test
  void whatUsesTheEngineWithoutUsIsNoVictimEither() throws Exception {
    session.run(
        """
        select pgq.create_queue('p');
        create table d (id int primary key);
        create trigger theirs after insert on d for each row execute function pgq.logutriga('p')\
        """);
    writer.run("set application_name = 'night job'; begin; select pgq.insert_event('q', 'x', 'y')");
    EngineInstaller hasty = hasty();
    assertThatThrownBy(() -> uninstall(hasty))
        .hasMessageContaining("What is to be uninstalled could not be locked in 2 attempts")
        .hasMessageContaining("application 'night job'");
    CompletableFuture<Void> uninstall = inBackground(() -> uninstall(installer));
    awaitInstallationThatWaits();
    writer.run("insert into d values (1); select pgq.insert_event('p', 'x', 'y'); commit");
    uninstall.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.NONE);
  }

  private void uninstall(EngineInstaller its) throws SQLException {
    its.uninstall(session.connection(), new Removal(null, null, true));
  }

  private static EngineInstaller hasty() {
    return new EngineInstaller(new LockAttempts(Duration.ofMillis(100), 2, Duration.ofMillis(50)));
  }

  private void awaitInstallationThatWaits() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (other.text(
            "select pid from pg_locks where not granted and database = (select oid from pg_database"
                + " where datname = current_database())")
        == null) {
      assertThat(System.nanoTime()).as("waiting for the installation to wait").isLessThan(end);
      Thread.sleep(20);
    }
  }

  /** What the command does for a connector's role that was added later. */
  private void installAgain() throws SQLException {
    installer.install(session.connection());
    installer.createQueue(session.connection(), "q");
    installer.grant(session.connection(), "q", "app");
  }

  private interface Step {
    void run() throws Exception;
  }

  private static CompletableFuture<Void> inBackground(Step step) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            step.run();
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
  }
}
