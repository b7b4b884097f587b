/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.PgqSourceConfig;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CaptureOptions;
import org.pgqconnect.source.copy.CopyRequests;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.setup.Provisioning;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** A table that was out of a queue for a while is copied again, or nothing goes on. */
class MembershipIT {
  private static final TableId T = new TableId("public", "t");

  private final CaptureInstaller capture = new CaptureInstaller();
  private TestDatabase database;
  private TestSession session;

  @BeforeEach
  void open() {
    database = TestServer.EMBEDDED.newDatabase().withQueue();
    session = database.open();
    session.run("create table t (id int primary key, v text)");
    session.run("create table u (id int primary key, v text)");
  }

  @AfterEach
  void close() throws Exception {
    session.close();
    database.close();
  }

  private void connect(String... keysAndValues) throws Exception {
    Map<String, String> all = new HashMap<>(database.connectorKeys());
    all.putAll(Map.of("name", "own", "topic.prefix", "p", "queue.name", "q"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      all.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    PgqSourceConfig config = new PgqSourceConfig(all);
    Database provider = new Database(config.connection());
    Provisioning.run(provider, config.provisioning(), true);
    ProviderSession.open(provider, config.session(), Optional.empty(), NanoClock.SYSTEM).close();
  }

  private void add(String... tables) throws Exception {
    for (String table : tables) {
      capture.add(
          session.connection(), "q", new TableId("public", table), CaptureOptions.defaults());
    }
  }

  /** All that was to be copied is. */
  private void copied() {
    session.run("update pgq_connect.table_copy set state = 'done' where state = 'requested'");
  }

  private List<String> copies() {
    return session.rows("select table_name, state from pgq_connect.table_copy order by 1");
  }

  private List<String> states() {
    return session.rows("select table_name, state from pgq_connect.capture_status('q')");
  }

  @Test
  void aTableThatIsIncludedAgainIsCopiedAgain() throws Exception {
    add("t", "u");
    copied();
    connect();
    connect("table.include.list", "public.u");
    assertThat(copies()).containsExactly("t|done", "u|done");
    connect("table.include.list", "public.u");
    connect("table.include.list", "public.u,public.t");
    assertThat(copies()).containsExactly("t|requested", "u|done");
    copied();
    connect();
    assertThat(copies()).containsExactly("t|done", "u|done");
  }

  @Test
  void aTableThatIsIncludedAgainIsRefusedWhereNothingIsCopied() throws Exception {
    add("t", "u");
    copied();
    connect("table.include.list", "public.u", "snapshot.mode", "no_data");
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> connect("snapshot.mode", "no_data"))
          .isInstanceOf(StopException.class)
          .hasMessageContaining("left out the changes of public.t of queue \"q\"")
          .hasMessageMatching(
              "(?s).*\\./pgq-connect provider resync --host .* --queue q public\\.t; .*");
    }
    CopyRequests.request(session.connection(), "q", T);
    connect("snapshot.mode", "no_data");
    assertThat(copies()).containsExactly("t|requested", "u|done");
  }

  private static String[] filtered(String condition, String... more) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "table.include.list", "public.t",
                "snapshot.mode", "no_data",
                "row.filter.tables", "public.t",
                "row.filter.condition.public.t", condition));
    keys.addAll(List.of(more));
    return keys.toArray(String[]::new);
  }

  /** The connector marks its tables as held. */
  private void marked() {
    session.run("update pgq_connect.table_copy set state = 'done' where state = 'none'");
  }

  @ParameterizedTest
  @CsvSource({"resync", "the same rows"})
  void otherRowsThanSubscribersHoldStopWhereNothingIsCopied(String answer) throws Exception {
    connect(filtered("id < 5"));
    connect(filtered("id < 6"));
    assertThat(copies()).as("nobody was told yet").containsExactly("t|none");
    marked();
    connect(filtered("id < 6", "skip.messages.without.change", "true"));
    assertThatThrownBy(() -> connect(filtered("id < 7", "column.mask.with.null", "public.t.v")))
        .isInstanceOf(StopException.class)
        .hasMessageContaining(
            "changes which columns and rows of public.t are captured into queue \"q\". That is in"
                + " effect from now on")
        .hasMessageMatching(
            "(?s).*\\./pgq-connect provider resync --host .* --queue q public\\.t; .*");
    session.run("insert into t values (6, 'secret'), (7, 'secret')");
    assertThat(session.events()).as("hidden at once").containsExactly("c|(6,)");
    String[] same = filtered("id < 7");
    String[] message = new String[1];
    assertThatThrownBy(() -> connect(same))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("or it has changed which columns and rows of them are captured")
        .satisfies(e -> message[0] = e.getMessage());
    if (answer.equals("resync")) {
      CopyRequests.request(session.connection(), "q", T);
    } else {
      session.run(message[0].substring(message[0].indexOf("delete from")));
    }
    connect(same);
    assertThat(copies()).containsExactly(answer.equals("resync") ? "t|requested" : "t|done");
  }

  @Test
  void aTableThatTookTheNameOfAnotherOneStopsWhereNothingIsCopied() throws Exception {
    connect(filtered("id < 5"));
    marked();
    session.run("alter table t rename to old; create table t (id int primary key, v text)");
    assertThatThrownBy(() -> connect(filtered("id < 5")))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("subscribers hold the rows as they were captured before");
    assertThatThrownBy(() -> connect(filtered("id < 5"))).isInstanceOf(StopException.class);
    connect("table.include.list", "public.t");
    assertThat(copies()).contains("t|requested");
  }

  @Test
  void whetherThereWereRowsToHoldIsNotedWhenTheTriggersAreMade() throws Exception {
    session.run("truncate t, u; insert into u values (1, 'row')");
    for (String table : new String[] {"t", "u"}) {
      capture.add(
          session.connection(),
          "q",
          new TableId("public", table),
          CaptureOptions.defaults().withoutCopy());
    }
    session.run("insert into t values (1, 'later'); delete from u");
    assertThat(
            session.rows(
                "select table_name, state, was_empty from pgq_connect.table_copy order by 1"))
        .containsExactly("t|none|t", "u|none|f");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "drop table t; create table t (id int primary key, v text)",
        "alter table t rename to old; create table t (id int primary key, v text)",
        "alter table t rename to x; alter table u rename to t; alter table x rename to u",
        "create schema s; alter table t set schema s; create table t (id int primary key, v text)",
        "drop trigger \"00_pgq_connect_1_u\" on t",
        "drop trigger \"00_pgq_connect_1_t\" on t",
        "alter table t disable trigger user; alter table t enable trigger user",
      })
  void aTableThatMayHaveMissedChangesIsCopiedWhenItIsAddedAgain(String what) throws Exception {
    add("t", "u");
    copied();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    session.run(what);
    assertThat(capture.verify(session.connection(), "q"))
        .anySatisfy(state -> assertThat(state.state().losesChanges()).isTrue());
    add("t");
    assertThat(copies()).contains("t|requested");
    copied();
    add("t");
    assertThat(copies()).contains("t|done");
  }

  @Test
  void aTriggerThatWasDisabledForAWhileIsReportedUntilTheTableIsCopied() throws Exception {
    add("t");
    session.run("alter table t disable trigger user; alter table t enable trigger user");
    assertThat(session.rows("select state, detail, remedy from pgq_connect.capture_status('q')"))
        .containsExactly(
            "changes missed|its triggers were missing or disabled for a while|./pgq-connect"
                + " provider resync --queue q public.t; or, if nothing was written meanwhile:"
                + " select pgq_connect.forget_partitions('q', 'public', 't')");
    CopyRequests.request(session.connection(), "q", T);
    assertThat(states()).containsExactly("t|ok");
    // Neither a new function nor a change of the table is one of its triggers.
    session.run("alter table t add column w int");
    session.run("vacuum full pg_trigger");
    session.run("vacuum freeze pg_trigger");
    capture.refresh(session.connection(), "q", T);
    assertThat(states()).containsExactly("t|ok");
  }

  @Test
  void aTriggerThatWasDisabledAndFiresAlwaysNowIsReported() throws Exception {
    add("t");
    String always =
        session.text(
            "select 'alter table t ' || string_agg(format('enable always trigger %I', tgname), ',"
                + " ') from pg_trigger where tgrelid = 't'::regclass and not tgisinternal");
    session.run("alter table t disable trigger user; insert into t values (1, 'lost')");
    session.run("alter table t enable trigger user; " + always);
    assertThat(states()).containsExactly("t|changes missed");
    session.rows("select pgq_connect.forget_partitions('q', 'public', 't')::text");
    assertThat(states()).containsExactly("t|ok");
    session.run(always.replace("always", "replica") + "; " + always);
    assertThat(states()).containsExactly("t|changes missed");
  }

  @Test
  void aTableThatIsRemovedAndAddedAgainIsCopied() throws Exception {
    add("t");
    copied();
    capture.remove(session.connection(), "q", T);
    assertThat(copies()).containsExactly("t|removed");
    assertThatThrownBy(() -> connect("table.include.list", "public.t", "snapshot.mode", "no_data"))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Table public.t was captured into queue \"q\" before")
        .hasMessageContaining("--queue q public.t; then restart the connector");
    connect("table.include.list", "public.t");
    assertThat(copies()).containsExactly("t|requested");
  }

  @Test
  void theTablesOfAQueueThatWasMadeAnewAreCopied() throws Exception {
    add("t", "u");
    copied();
    connect("table.include.list", "public.u");
    session.run("select pgq.drop_queue('q', true)");
    new EngineInstaller().createQueue(session.connection(), "q");
    assertThat(copies()).containsExactly("t|requested", "u|requested");
    assertThat(session.rows("select * from pgq_connect.left_out")).isEmpty();
    add("t");
    assertThat(copies()).containsExactly("t|requested", "u|requested");
    // Each change is captured once, into the new queue.
    session.run("insert into t values (1, 'a'); insert into u values (1, 'a')");
    assertThat(session.rows("select ev_extra1 from pgq.event_template order by 1"))
        .containsExactly("public.t", "public.u");
    assertThat(
            session.rows(
                "select count(*) from pg_trigger where tgrelid = 't'::regclass and not"
                    + " tgisinternal"))
        .containsExactly("4");
    copied();
    connect();
    assertThat(copies()).containsExactly("t|done", "u|done");
  }

  @Test
  void aQueueThatIsMadeAnewByHandIsNoticedByTheConnector() throws Exception {
    add("t");
    copied();
    session.run("select pgq.drop_queue('q', true); select pgq.create_queue('q')");
    connect();
    assertThat(copies()).containsExactly("t|requested");
  }

  @Test
  void aTableMarkedBeforeTheFirstConnectorCameMissesNothing() throws Exception {
    session.run("select pgq.force_tick('q')");
    session.run("select pgq.ticker('q')");
    String before = session.text("select max(tick_id)::text from pgq.tick");
    capture.add(session.connection(), "q", T, CaptureOptions.defaults().withoutCopy());
    session.run("insert into t values (1, 'a')");
    session.run("select pgq.force_tick('q')");
    session.run("select pgq.ticker('q')");
    connect();
    assertThat(session.text("select last_tick::text from pgq.get_consumer_info('q', 'own')"))
        .isLessThanOrEqualTo(before);
    session.run("select pgq.unregister_consumer('q', 'own')");
    session.run("delete from pgq.tick where tick_id <= " + before);
    assertThatThrownBy(() -> connect())
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Tables public.t were added to queue \"q\" without a copy")
        .hasMessageContaining("provider resync");
  }
}
