/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** Makes the copies of queue q, of one table at a time, as a session of a source does. */
final class CopyRun implements AutoCloseable {
  private final TestSession ticker;
  private final Connection connection;
  private final TableCopies copies;
  private final ChunkReader chunks;
  private final List<String> rows = new ArrayList<>();
  private final Set<Long> copyIds = new LinkedHashSet<>();
  private Tick lastTick;

  /**
   * @param ticker a session that makes the ticks
   */
  CopyRun(TestDatabase database, TestSession ticker, int chunkRows) throws SQLException {
    this.ticker = ticker;
    this.connection = new Database(CopyMeaningIT.config(database.connectorKeys())).open("copy");
    new Queue(connection, "q", "copy").beginSession(true);
    this.copies = new TableCopies(connection, "q", Remedy.ofQueue("q"));
    this.chunks =
        new ChunkReader(connection, "q", chunkRows, Remedy.ofQueue("q"), NanoClock.SYSTEM);
  }

  /** What a subscriber has got of the newest copy: a first chunk drops those of earlier ones. */
  List<String> rows() {
    return List.copyOf(rows);
  }

  /** The copies of which there was a chunk, in their order. */
  List<Long> copyIds() {
    return List.copyOf(copyIds);
  }

  /** The tick of the last batch. */
  Tick lastTick() {
    return lastTick;
  }

  /** Publishes again from a tick. */
  void goBack(Tick tick) throws SQLException {
    copies.goBack(tick);
  }

  /** Publishes batches until one has a chunk with rows. */
  void chunk() throws Exception {
    int before;
    do {
      before = rows.size();
      batch();
    } while (rows.size() == before);
  }

  /** Publishes batches until the copy is done. */
  List<String> complete() throws Exception {
    for (int i = 0; batch(); i++) {
      if (i > 1000) {
        throw new AssertionError("The copy does not end, it has " + rows.size() + " rows");
      }
    }
    return rows();
  }

  /** The copy that is due. */
  CopyRequest request() throws SQLException {
    return copies.nextRequest(table -> true).orElseThrow();
  }

  /** Publishes a batch, and says whether it has a chunk of the copy. */
  boolean read(CopyRequest request) throws Exception {
    Tick tick = CopyMeaningIT.tick(ticker);
    Optional<CopyChunk> chunk = chunks.read(request, tick);
    if (chunk.isPresent()) {
      publish(chunk.get(), tick);
    }
    return chunk.isPresent();
  }

  /** Whether a copy is under way; a batch has come with what is due of it. */
  private boolean batch() throws Exception {
    Optional<CopyRequest> request = copies.nextRequest(table -> true);
    if (request.isPresent()) {
      read(request.get());
    }
    return request.isPresent();
  }

  private void publish(CopyChunk chunk, Tick tick) throws SQLException {
    if (chunk.progress().first()) {
      rows.clear();
    }
    copyIds.add(chunk.progress().copyId());
    chunk.rows().forEach(row -> rows.add(Arrays.toString(row)));
    copies.published(chunk, tick);
    lastTick = tick;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
