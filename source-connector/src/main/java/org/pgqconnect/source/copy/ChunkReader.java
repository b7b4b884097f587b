/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.decode.NotUtf8;
import org.pgqconnect.source.decode.RowDecoder;
import org.pgqconnect.source.queue.Snapshot;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.time.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the chunks of copies, each in a short transaction of its own. What it knows besides is lost
 * with the session. Not thread safe.
 */
public final class ChunkReader {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkReader.class);

  private final Session session;
  private final String queue;
  private final int chunkRows;
  private final Remedy remedy;
  private final CopySources sources;
  private final CapturedRelations relations;

  // After a loss it is taken anew, later. A layout that comes again is the same object: what is
  // known of it need not be learnt anew.
  private Seen seen;

  /** What was visible when a request, or a layout of its table, was first met. */
  private record Seen(long copyId, Layout layout, Snapshot snapshot) {}

  // After a loss an empty chunk is read, with a snapshot of its own.
  private LastChunk lastChunk;

  private record LastChunk(long copyId, Snapshot snapshot) {}

  private ChunkSize chunkSize;
  private long chunkSizeOf;

  /** A row's text, its key as a JSON array, and the bytes that the server counted for both. */
  private record CopiedRow(String text, String key, long bytes) {}

  /** What the transaction that reads a chunk found. */
  private record Reading(
      CopySource source, Optional<CopyChunk> chunk, Optional<LastChunk> lastChunk) {}

  /**
   * @param connection in autocommit mode
   * @param chunkRows how many rows a chunk has at most
   * @param remedy the commands that its messages name
   */
  public ChunkReader(
      Connection connection, String queue, int chunkRows, Remedy remedy, NanoClock clock) {
    this.session = new Session(connection);
    this.queue = requireNonNull(queue, "queue");
    this.chunkRows = chunkRows;
    this.remedy = requireNonNull(remedy, "remedy");
    this.sources = new CopySources(session, queue, remedy, clock);
    this.relations = new CapturedRelations(session, queue);
  }

  /**
   * What the batch that ends with {@code tick} carries of a copy: its next chunk, read in a short
   * transaction of its own; or, after the last one, the mark that the table is consistent, as soon
   * as the tick's snapshot covers that of the last chunk.
   *
   * @param tick the tick of the batch; every event published so far is visible in the chunk
   * @return empty when the batch has nothing of the copy, also because the table is gone, or its
   *     name means another one
   * @throws StopException when the role cannot read the table
   */
  public Optional<CopyChunk> read(CopyRequest request, Tick tick) throws SQLException {
    if (lastChunk != null && lastChunk.copyId() == request.copyId()) {
      boolean consistent = Snapshot.parse(tick.snapshot()).covers(lastChunk.snapshot());
      return consistent ? Optional.of(end(request, tick)) : Optional.empty();
    }
    boolean foreign = session.test(CopySql.IS_FOREIGN, Identifiers.quote(request.table()));
    try {
      return readNext(request, tick, foreign);
    } catch (SQLException e) {
      rollback(e);
      if (SqlState.is(e, SqlState.LOCK_NOT_AVAILABLE)) {
        LOG.warn(
            "The copy of table {} waits: another session holds a lock on it. To see which: select"
                + " pid, query from pg_stat_activity where pid in (select pid from pg_locks where"
                + " relation = {}::regclass and mode = 'AccessExclusiveLock')",
            request.table(),
            Identifiers.literal(Identifiers.quote(request.table())));
        return Optional.empty();
      }
      if (saysThatItIsGone(e) && !isThere(request.table())) {
        return Optional.empty(); // The next check reports it.
      }
      throw explained(request.table(), e, foreign);
    }
  }

  private static CopyChunk end(CopyRequest request, Tick tick) {
    return new CopyChunk(
        null,
        List.of(),
        request.lastKey(),
        null,
        true,
        new CopyProgress(request.table(), request.copyId(), false, true, 0, tick.id()));
  }

  private Optional<CopyChunk> readNext(CopyRequest request, Tick tick, boolean foreign)
      throws SQLException {
    session.execute(CopySql.BEGIN);
    session.execute(CopySql.LOCK_TIMEOUT);
    session.execute(CopySql.SEE_ALL_ROWS);
    session.execute(
        foreign ? CopySql.lockForeignShape(request.table()) : CopySql.lockShape(request.table()));
    Optional<Reading> captured = readCaptured(request, tick);
    session.execute("commit");
    if (captured.isEmpty()) {
      return Optional.empty(); // The next check reports it.
    }
    Reading reading = captured.get();
    if (!request.continuesIn(reading.source().orderedBy())) {
      TableCopies.beginAnew(session, queue, request);
      return Optional.empty();
    }
    if (reading.chunk().isEmpty()) {
      return Optional.empty();
    }
    if ((foreign || KeyOrder.mustBeAsked(sources.key(reading.source().table())))
        && !isReadAlike(request.table(), reading.source())) {
      return Optional.empty(); // The next check reads it as it is now.
    }
    TableCopies.flush(session, queue);
    lastChunk = reading.lastChunk().orElse(lastChunk);
    return reading.chunk();
  }

  /** Without a lock the table may have been renamed, dropped or removed since. */
  private boolean isReadAlike(TableId table, CopySource before) throws SQLException {
    if (relations.of(table).isEmpty()) {
      return false;
    }
    try {
      return before.equals(sources.of(table));
    } catch (StopException e) {
      if (relations.of(table).isEmpty()) {
        return false;
      }
      throw e;
    }
  }

  /**
   * The lock keeps the name from meaning another table; only ALTER SCHEMA ... RENAME ignores it.
   *
   * @return empty when the name means another table than the captured one
   */
  private Optional<Reading> readCaptured(CopyRequest request, Tick tick) throws SQLException {
    Optional<Long> relation = relations.of(request.table());
    if (relation.isEmpty()) {
      return Optional.empty();
    }
    Reading reading = readLocked(request, tick);
    return relation.equals(relations.of(request.table())) ? Optional.of(reading) : Optional.empty();
  }

  /**
   * The lock comes before the snapshot and is kept until the rows are read: what another session
   * changed of the table is either visible to all statements here or made after them. So the rows
   * are read in the very order that the source names, and it is that order which is compared with
   * the one of the chunks before, and recorded with this one. The lock of a foreign table comes
   * after the snapshot, and no lock of the table keeps the labels of an enum, which are read as
   * they are now: both are compared once more after the rows.
   */
  private Reading readLocked(CopyRequest request, Tick tick) throws SQLException {
    CopySource source = sources.of(request.table());
    if (!request.continuesIn(source.orderedBy())) {
      return new Reading(source, Optional.empty(), Optional.empty());
    }
    if (!isPublishedUpTo(request, source.layout(), tick)) {
      return new Reading(source, Optional.empty(), Optional.empty());
    }
    CopyChunk chunk = readRows(request, source);
    return new Reading(
        source,
        Optional.of(chunk),
        chunk.complete()
            ? Optional.of(new LastChunk(request.copyId(), snapshot()))
            : Optional.empty());
  }

  /**
   * A copy may have to fix what was changed without a trigger. An event from before that change
   * must not come after the copied row, so everything that was captured before the request has to
   * be published before the first chunk. Likewise, a chunk informs subscribers of the layout that
   * it was read in, so rows of the layout before that one must not come after it. The next tick
   * covers both.
   */
  private boolean isPublishedUpTo(CopyRequest request, Layout layout, Tick tick)
      throws SQLException {
    if (seen == null || seen.copyId() != request.copyId() || !seen.layout().equals(layout)) {
      seen = new Seen(request.copyId(), layout, snapshot());
    }
    return Snapshot.parse(tick.snapshot()).covers(seen.snapshot());
  }

  private CopyChunk readRows(CopyRequest request, CopySource source) throws SQLException {
    if (chunkSize == null || chunkSizeOf != request.copyId()) {
      chunkSize = new ChunkSize(chunkRows);
      chunkSizeOf = request.copyId();
    }
    int wanted = chunkSize.rows();
    List<CopiedRow> texts = rowTexts(request, source, wanted);
    long bytes = texts.stream().mapToLong(CopiedRow::bytes).sum();
    chunkSize.read(texts.size(), bytes);
    RowDecoder decoder = new RowDecoder(source.layout());
    List<Object[]> rows = new ArrayList<>(texts.size());
    texts.forEach(row -> rows.add(decoder.values(row.text())));
    return new CopyChunk(
        seen.layout(),
        rows,
        texts.isEmpty() ? request.lastKey() : JsonTexts.readKey(texts.get(texts.size() - 1).key()),
        source.orderedBy(),
        texts.size() < wanted && bytes < ChunkSize.MAX_BYTES,
        new CopyProgress(
            request.table(), request.copyId(), !request.started(), false, rows.size(), 0));
  }

  private List<CopiedRow> rowTexts(CopyRequest request, CopySource source, int wanted)
      throws SQLException {
    boolean after = !request.lastKey().isEmpty();
    List<Layout.Column> key = sources.key(source.table());
    KeyOrder order = after ? sources.order(key) : KeyOrder.NONE;
    return session.list(
        CopySql.chunk(request.table(), source, key, order, after, wanted),
        row -> new CopiedRow(row.getString(1), row.getString(2), row.getLong(3)),
        request.lastKey().toArray());
  }

  private Snapshot snapshot() throws SQLException {
    return session.one(CopySql.SNAPSHOT, row -> Snapshot.parse(row.getString(1)));
  }

  private static boolean saysThatItIsGone(SQLException failure) {
    return SqlState.is(failure, SqlState.UNDEFINED_TABLE)
        || SqlState.is(failure, SqlState.INVALID_SCHEMA_NAME);
  }

  private boolean isThere(TableId table) throws SQLException {
    return session.test(CopySql.IS_THERE, Identifiers.quote(table));
  }

  private void rollback(SQLException failure) {
    try {
      session.execute("rollback");
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  /** The failure itself, unless an operator has to act: then what to do is thrown. */
  private SQLException explained(TableId table, SQLException failure, boolean foreign)
      throws SQLException {
    if (SqlState.is(failure, SqlState.INSUFFICIENT_PRIVILEGE)) {
      throw new StopException(
          ("Table %1$s cannot be copied: %2$s. The connector's role needs: GRANT SELECT ON %3$s TO"
                  + " %4$s; and where the table has row security: ALTER ROLE %4$s BYPASSRLS;")
              .formatted(
                  table,
                  failure.getMessage(),
                  Identifiers.quote(table),
                  Identifiers.quote(session.role())),
          failure);
    }
    if (SqlState.is(failure, SqlState.CHARACTER_NOT_IN_REPERTOIRE)) {
      throw new StopException(
          "Table %s cannot be copied: a row holds a text that is not UTF-8: %s. %s"
              .formatted(table, failure.getMessage(), NotUtf8.inTable(table, keyNames(table))),
          failure);
    }
    if (foreign && SqlState.verdict(failure) == SqlState.Verdict.FATAL) {
      throw new StopException(
          ("Foreign table %s cannot be copied: %s. Fix the foreign table, its server or its user"
                  + " mapping for the connector's role, and restart the task; or stop capturing it:"
                  + " %s")
              .formatted(table, failure.getMessage(), remedy.remove(table)),
          failure);
    }
    return failure;
  }

  private List<String> keyNames(TableId table) {
    try {
      return sources.of(table).layout().key();
    } catch (SQLException e) {
      return List.of(); // The message is worth more than the columns that identify the row.
    }
  }
}
