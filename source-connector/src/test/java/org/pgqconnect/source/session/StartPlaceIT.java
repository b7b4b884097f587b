/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.source.PgqSourceConfig;
import org.pgqconnect.source.copy.ChunkReader;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.CopyRequest;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** Where a session resumes, copies resume, whoever moved the consumer or the offset. */
class StartPlaceIT {
  private TestDatabase database;
  private TestSession session;
  private Queue queue;
  private TableCopies copies;
  private ChunkReader reader;
  private Queue.Identity identity;
  private Tick start;
  private Tick first;
  private Tick second;

  @BeforeEach
  void open() throws Exception {
    database = TestServer.EMBEDDED.newDatabase().withQueue();
    session = database.open();
    queue = new Queue(session.connection(), "q", "c");
    copies = new TableCopies(session.connection(), "q", Remedy.ofQueue("q"));
    reader = new ChunkReader(session.connection(), "q", 2, Remedy.ofQueue("q"), NanoClock.SYSTEM);
    session.run("create table t (id int primary key)");
    session.run("insert into t select generate_series(1, 5)");
    session.rows("select pgq_connect.add_table('q', 't')::text");
    identity = queue.beginSession(true).identity();
    start = tick();
    queue.registerAt(start.id());
    first = publishChunk();
    second = publishChunk();
    assertThat(progress()).isEqualTo("copying 4");
  }

  @AfterEach
  void close() throws Exception {
    session.close();
    database.close();
  }

  private Tick tick() throws SQLException {
    session.run("select pgq.force_tick('q')");
    session.run("select pgq.ticker('q')");
    return queue.lastTick().orElseThrow();
  }

  /** The next one that a tick is young enough for. */
  private Tick publishChunk() throws SQLException {
    for (int attempt = 0; attempt < 5; attempt++) {
      Tick tick = tick();
      CopyRequest request = copies.nextRequest(table -> true).orElseThrow();
      Optional<CopyChunk> chunk = reader.read(request, tick);
      if (chunk.isPresent()) {
        copies.published(chunk.get(), tick);
        queue.registerAt(tick.id());
        return tick;
      }
    }
    throw new AssertionError("no chunk");
  }

  private String progress() {
    return session.text("select concat_ws(' ', state, rows_copied) from pgq_connect.table_copy");
  }

  private long copyId() {
    return Long.parseLong(session.text("select copy_id::text from pgq_connect.table_copy"));
  }

  private ProviderSession.Settings settings(String... more) {
    Map<String, String> keys = new HashMap<>(database.connectorKeys());
    keys.put("name", "c");
    keys.put("topic.prefix", "bank");
    keys.put("queue.name", "q");
    keys.put("provision", "none");
    for (int i = 0; i < more.length; i += 2) {
      keys.put(more[i], more[i + 1]);
    }
    return new PgqSourceConfig(keys).session();
  }

  private StartPlace take(Optional<SourceOffset> stored, String... more) throws SQLException {
    return StartPlace.take(session.connection(), queue, copies, settings(more), stored, identity);
  }

  private Optional<SourceOffset> offset(Tick tick, boolean events) {
    return Optional.of(
        new SourceOffset(
            tick.id(),
            tick.time(),
            identity.provider(),
            identity.queueIdentity(),
            events,
            Optional.empty()));
  }

  @Test
  void copiesGoBackToWhatWasPublishedAtAnOlderOffset() throws Exception {
    long copyId = copyId();
    assertThat(take(offset(first, false)).tick()).isEqualTo(first);
    assertThat(queue.subscription()).contains(first);
    assertThat(progress()).isEqualTo("copying 2");
    assertThat(copyId()).isEqualTo(copyId);
  }

  /** Whoever moved it: provider register, or pgq.register_consumer_at by hand. */
  @Test
  void copiesGoBackWithAConsumerThatWasMovedBack() throws Exception {
    queue.registerAt(first.id());
    assertThat(take(Optional.empty()).tick()).isEqualTo(first);
    assertThat(progress()).isEqualTo("copying 2");
  }

  @Test
  void copiesStayWhereAConsumerWasMovedBackAndTheOffsetCounts() throws Exception {
    queue.registerAt(first.id());
    assertThat(take(offset(second, false)).tick()).isEqualTo(second);
    assertThat(queue.subscription()).contains(second);
    assertThat(progress()).isEqualTo("copying 4");
  }

  @Test
  void atATickBeforeACopyBeganItBeginsAnew() throws Exception {
    long copyId = copyId();
    queue.registerAt(start.id());
    take(Optional.empty());
    assertThat(progress()).isEqualTo("requested 0");
    assertThat(copyId()).isNotEqualTo(copyId);
  }

  @Test
  void aCopyThatEndedAfterTheTickBeginsAnew() throws Exception {
    while (!progress().equals("done 5")) {
      publishChunk();
    }
    queue.registerAt(first.id());
    take(Optional.empty());
    assertThat(progress()).isEqualTo("requested 0");
  }

  @Test
  void aConsumerThatWasUnregisteredIsPutWhereItsOffsetIs() throws Exception {
    session.run("select pgq.unregister_consumer('q', 'c')");
    take(offset(first, false));
    assertThat(queue.subscription()).contains(first);
    assertThat(progress()).isEqualTo("copying 2");
  }

  @Test
  void copiesOfTablesStayWhereAnotherConsumerStreamsEvents() throws Exception {
    Queue audit = new Queue(session.connection(), "q", "audit");
    audit.registerAt(start.id());
    StartPlace place =
        StartPlace.take(
            session.connection(),
            audit,
            copies,
            settings("mode", "events"),
            Optional.empty(),
            identity);
    assertThat(place.tick()).isEqualTo(start);
    assertThat(place.offset().events()).isTrue();
    assertThat(progress()).isEqualTo("copying 4");
  }

  @Test
  void inPlaceAndForwardCopiesStay() throws Exception {
    take(Optional.empty());
    take(offset(second, false));
    assertThat(progress()).isEqualTo("copying 4");
    Tick later = tick();
    assertThat(take(offset(later, false)).tick()).isEqualTo(later);
    assertThat(queue.subscription()).contains(later);
    assertThat(progress()).isEqualTo("copying 4");
  }

  /** Mode and consumer were changed in one request, and back. */
  @Test
  void tablesDoNotContinueWhereOnlyEventsWerePublished() throws Exception {
    Tick later = tick();
    assertThatThrownBy(() -> take(offset(later, true)))
        .hasMessageContaining("was stored with mode=events");
    assertThat(queue.subscription()).contains(second);
    assertThat(take(offset(second, false), "mode", "events").offset().events()).isTrue();
  }
}
