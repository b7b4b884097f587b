/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.copy.ChunkReader;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.CopyRequest;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.session.SourceFailure;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** A database of encoding SQL_ASCII takes texts that no client can read as UTF-8. */
class UnknownEncodingIT {
  /**
   * In UTF-8 the second byte of the first text is the one that the second text is not UTF-8 for.
   */
  private static final String ROWS =
      """
      insert into t values (1, convert_from('\\xc396', 'SQL_ASCII')),
                           (2, convert_from('\\x61962cc396', 'SQL_ASCII')), (3, ''), (4, null)\
      """;

  private static final String OLD_AND_NEW =
      "select coalesce(ev_extra2 || ' > ', '') || ev_data from pgq.event_template order by ev_id";

  private static final Pattern EVENTS =
      Pattern.compile("(select e\\.ev_id.*?;).*?(update pgq\\.event_template.*?;)");

  private final TestDatabase database = TestServer.EMBEDDED.newDatabaseOfAnyBytes().withQueue();
  private final TestSession session = database.open();

  @BeforeEach
  void table() {
    session.run("create table t (id int primary key, v text)");
  }

  @AfterEach
  void close() {
    session.close();
    database.close();
  }

  @Test
  void anEventWhoseTextIsNotUtf8IsFoundAndChangedByWhatTheMessagePrints() {
    session.rows("select pgq_connect.add_table('q', 't')::text");
    session.run(ROWS);
    String message = message(failure("select ev_data from pgq.event_template"));
    assertThat(message)
        .contains(
            "An event of queue \"q\" on the provider",
            "holds a text that is not UTF-8: ERROR: invalid byte sequence",
            "SQL_ASCII");
    assertThat(changeEvents(message)).containsExactly("public.t|ev_data|(2,\"a\\226,\\303\\226\")");
    assertThat(session.events("public.t"))
        .containsExactly("c|(1,\u00d6)", "c|(2,\"a\u0096,\u00d6\")", "c|(3,\"\")", "c|(4,)");
  }

  @Test
  void anOldRowIsFoundAfterItsRowWasChanged() {
    session.run(ROWS);
    session.rows("select pgq_connect.add_table('q', 't', old_row => true)::text");
    String remedy = message(failure("select v from t"));
    session.run(changeOfRows(remedy, "t", "v"));
    String message = message(failure("select ev_extra2 from pgq.event_template"));
    assertThat(changeEvents(message))
        .containsExactly("public.t|ev_extra2|(2,\"a\\226,\\303\\226\")");
    assertThat(session.rows(OLD_AND_NEW))
        .containsExactly("(2,\"a\u0096,\u00d6\") > (2,\"a\u0096,\u00d6\")");
  }

  @Test
  void aCopiedRowIsFoundAndChangedAndSoIsTheEventOfThatChange() throws SQLException {
    session.run(ROWS);
    session.rows("select pgq_connect.add_table('q', 't', old_row => true)::text");
    new Queue(session.connection(), "q", "c").beginSession(true);
    TableCopies copies = new TableCopies(session.connection(), "q", Remedy.ofQueue("q"));
    ChunkReader chunks =
        new ChunkReader(session.connection(), "q", 100, Remedy.ofQueue("q"), NanoClock.SYSTEM);
    CopyRequest request = copies.nextRequest(table -> true).orElseThrow();
    Throwable refused = catchThrowable(() -> read(chunks, request));
    assertThat(refused)
        .isInstanceOf(StopException.class)
        .hasMessageContaining(
            "Table public.t cannot be copied: a row holds a text that is not UTF-8: ERROR: invalid"
                + " byte sequence");
    String message = refused.getMessage();
    Matcher rows = Pattern.compile("Find the rows: (select.*?;)").matcher(message);
    assertThat(rows.find()).isTrue();
    assertThat(session.rows(escaped(rows.group(1)))).containsExactly("2|v|a\\226,\\303\\226");
    Matcher change = Pattern.compile("found: (update .*?;)").matcher(message);
    assertThat(change.find()).isTrue();
    session.run(change.group(1).replace("<column>", "v"));
    assertThat(changeEvents(message))
        .containsExactly("public.t|ev_extra2|(2,\"a\\226,\\303\\226\")");
    assertThat(session.rows(OLD_AND_NEW)).hasSize(1);
    List<String> copied = new ArrayList<>();
    read(chunks, request).rows().forEach(row -> copied.add(Arrays.toString(row)));
    assertThat(copied).containsExactly("[1, \u00d6]", "[2, a\u0096,\u00d6]", "[3, ]", "[4, null]");
  }

  /** A copy begins when a tick has seen all that was to be seen at its first look. */
  private CopyChunk read(ChunkReader chunks, CopyRequest request) throws SQLException {
    Optional<CopyChunk> chunk = Optional.empty();
    while (chunk.isEmpty()) {
      chunk = chunks.read(request, tick());
    }
    return chunk.get();
  }

  private Tick tick() {
    session.run("select pgq.force_tick('q'); select pgq.ticker('q')");
    return new Tick(
        Long.parseLong(session.text("select max(tick_id)::text from pgq.tick")),
        "2026-01-01 00:00:00+00",
        session.text("select pg_current_snapshot()::text"),
        0);
  }

  private static String changeOfRows(String message, String table, String column) {
    Matcher change = Pattern.compile("(update <table> .*?;)").matcher(message);
    assertThat(change.find()).isTrue();
    return change.group(1).replace("<table>", table).replace("<column>", column);
  }

  /** Runs what the message prints; what it finds, each as table, column and text. */
  private List<String> changeEvents(String message) {
    Matcher statements = EVENTS.matcher(message);
    assertThat(statements.find()).isTrue();
    List<String> found =
        session.rows(
            "select table_name, column_name, encode(convert_to, 'escape') from (%s) x"
                .formatted(statements.group(1).replace(";", "")));
    found.stream()
        .map(row -> row.split("\\|")[1])
        .distinct()
        .forEach(column -> session.run(statements.group(2).replace("<column>", column)));
    return found;
  }

  private static String escaped(String select) {
    return "select id, column_name, encode(convert_to, 'escape') from (%s) x"
        .formatted(select.replace(";", ""));
  }

  private String message(SQLException failure) {
    Map<String, String> keys = new HashMap<>(database.connectorKeys());
    keys.put("topic.prefix", "t");
    keys.put("queue.name", "q");
    return SourceFailure.explain(new PgqSourceConfig(keys).session(), failure).getMessage();
  }

  private SQLException failure(String sql) {
    try (Statement statement = session.connection().createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        rows.getString(1);
      }
      throw new AssertionError("The text is UTF-8");
    } catch (SQLException e) {
      return e;
    }
  }
}
