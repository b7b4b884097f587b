/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.source.copy.ChunkReader;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.CopyRequest;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** A consumer that is moved without an offset takes the copies along. */
class ConsumerPlaceIT {
  private TestDatabase database;
  private TestSession session;
  private Queue queue;
  private TableCopies copies;
  private ChunkReader reader;
  private Tick start;
  private Tick first;
  private Tick second;

  @BeforeEach
  void open() throws Exception {
    database = TestServer.EMBEDDED.newDatabase().withQueue();
    session = database.open();
    queue = new Queue(session.connection(), "q", "c");
    copies = new TableCopies(session.connection(), "q", Remedy.ofQueue("q"));
    reader = new ChunkReader(session.connection(), "q", 2, Remedy.ofQueue("q"));
    session.run("create table t (id int primary key)");
    session.run("insert into t select generate_series(1, 5)");
    session.rows("select pgq_connect.add_table('q', 't')::text");
    queue.beginSession(true);
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

  @Test
  void toAnEarlierTickCopiesGoBackToWhatWasPublishedThere() throws Exception {
    long copyId = copyId();
    ConsumerPlace.register(session.connection(), queue, copies, first);
    assertThat(queue.subscription()).contains(first);
    assertThat(progress()).isEqualTo("copying 2");
    assertThat(copyId()).isEqualTo(copyId);
  }

  @Test
  void toATickBeforeACopyBeganItBeginsAnew() throws Exception {
    long copyId = copyId();
    ConsumerPlace.register(session.connection(), queue, copies, start);
    assertThat(queue.subscription()).contains(start);
    assertThat(progress()).isEqualTo("requested 0");
    assertThat(copyId()).isNotEqualTo(copyId);
  }

  @Test
  void aCopyThatEndedAfterTheTickBeginsAnew() throws Exception {
    while (!progress().equals("done 5")) {
      publishChunk();
    }
    ConsumerPlace.register(session.connection(), queue, copies, first);
    assertThat(progress()).isEqualTo("requested 0");
  }

  @Test
  void aConsumerThatWasUnregisteredGoesBackLikewise() throws Exception {
    session.run("select pgq.unregister_consumer('q', 'c')");
    ConsumerPlace.register(session.connection(), queue, copies, first);
    assertThat(queue.subscription()).contains(first);
    assertThat(progress()).isEqualTo("copying 2");
  }

  @Test
  void copiesOfTablesThatAnotherConsumerPublishesStay() throws Exception {
    Queue bystander = new Queue(session.connection(), "q", "audit");
    ConsumerPlace.register(session.connection(), bystander, copies, start);
    assertThat(bystander.subscription()).contains(start);
    assertThat(progress()).isEqualTo("copying 4");
  }

  @Test
  void forwardAndInPlaceCopiesStay() throws Exception {
    ConsumerPlace.register(session.connection(), queue, copies, second);
    assertThat(progress()).isEqualTo("copying 4");
    Tick later = tick();
    ConsumerPlace.register(session.connection(), queue, copies, later);
    assertThat(queue.subscription()).contains(later);
    assertThat(progress()).isEqualTo("copying 4");
  }
}
