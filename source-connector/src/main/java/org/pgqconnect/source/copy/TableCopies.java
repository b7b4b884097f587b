/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.decode.NotUtf8;
import org.pgqconnect.source.decode.RowDecoder;
import org.pgqconnect.source.external.ForeignTables;
import org.pgqconnect.source.queue.Snapshot;
import org.pgqconnect.source.queue.Tick;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the chunks of the copies that are requested for a queue and keeps how far they are, on the
 * provider, in the transaction that finishes the batch. A crash in between publishes a chunk twice,
 * which converges. How far a copy is belongs to a tick: whoever publishes again from an earlier one
 * goes back, with {@link #goBack}, to what subscribers have there. Not thread safe.
 */
public final class TableCopies {
  private static final Logger LOG = LoggerFactory.getLogger(TableCopies.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  // Of tables without rows in the batch; an END has to stay small.
  private static final int MARKS_AT_ONCE = 500;

  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};

  private final Connection connection;
  private final String queue;
  private final int chunkRows;
  private final Remedy remedy;
  private final Set<Long> absent = new HashSet<>();

  // Lost with the session: then it is taken anew, later. A layout that comes again is the same
  // object: what is known of it need not be learnt anew.
  private Seen seen;

  /** What was visible when a request, or a layout of its table, was first met. */
  private record Seen(long copyId, Layout layout, Snapshot snapshot) {}

  // Lost with the session: then an empty chunk is read, with a snapshot of its own.
  private LastChunk lastChunk;

  private record LastChunk(long copyId, Snapshot snapshot) {}

  private ChunkSize chunkSize;
  private long chunkSizeOf;

  /** A row's text, its key as a JSON array, and the bytes that the server counted for both. */
  private record CopiedRow(String text, String key, long bytes) {}

  /**
   * @param remedy the commands that its messages name
   */
  public TableCopies(Connection connection, String queue, int chunkRows, Remedy remedy) {
    this.connection = requireNonNull(connection, "connection");
    this.queue = requireNonNull(queue, "queue");
    this.chunkRows = chunkRows;
    this.remedy = requireNonNull(remedy, "remedy");
  }

  /** The tables that our own triggers capture into a queue, by the names of their events. */
  public static Set<TableId> captured(Connection connection, String queue) throws SQLException {
    Set<TableId> tables = new LinkedHashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(CopySql.CAPTURED)) {
      statement.setString(1, queue);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          tables.add(new TableId(rows.getString(1), rows.getString(2)));
        }
      }
    }
    return tables;
  }

  /**
   * The copy to go on with. That of a table that is not there waits until it is, or is removed: the
   * other tables do not wait for it, and a subscriber that lacks the copy says so.
   *
   * @param included which tables the connector publishes
   */
  public Optional<CopyRequest> nextRequest(Predicate<TableId> included) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CopySql.OPEN_REQUESTS)) {
      statement.setString(1, queue);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          TableId table = new TableId(rows.getString(1), rows.getString(2));
          if (included.test(table) && isThere(table, rows.getLong(3), rows.getBoolean(6))) {
            String state = rows.getString(4);
            return Optional.of(
                new CopyRequest(
                    table, rows.getLong(3), state.equals("copying"), texts(rows.getString(5))));
          }
        }
        return Optional.empty();
      }
    }
  }

  private boolean isThere(TableId table, long copyId, boolean there) {
    if (there) {
      absent.remove(copyId);
    } else if (absent.add(copyId)) {
      LOG.warn(
          "The copy of table {} waits: there is no table of that name on the provider. Subscribers keep what they hold of"
              + " it, and count as incomplete. If it was dropped, stop replicating it: {}. If it was renamed, rename it"
              + " back. What is captured: {}",
          table,
          remedy.remove(table),
          remedy.tables());
    }
    return there;
  }

  /**
   * The tables that subscribers hold already, as an operator said, and that no batch has told them
   * of. A mark commits together with the table's trigger. So the tick of a batch that holds a row
   * of the table was made after that commit, and whoever looks once the batch is open sees the
   * mark: no such row can be published before its mark, or without it.
   *
   * @param included which tables the connector publishes
   * @param here which tables have rows in the batch: none of their marks is left for later
   * @param others whether those of other tables are wanted
   * @param tick the tick of the batch, which is open
   */
  public List<CopyProgress> marks(
      Predicate<TableId> included, Predicate<TableId> here, boolean others, Tick tick)
      throws SQLException {
    List<CopyProgress> marks = new ArrayList<>();
    int left = others ? MARKS_AT_ONCE : 0;
    try (PreparedStatement statement = connection.prepareStatement(CopySql.MARKS)) {
      statement.setString(1, queue);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          TableId table = new TableId(rows.getString(1), rows.getString(2));
          if (included.test(table) && (here.test(table) || left-- > 0)) {
            marks.add(CopyProgress.mark(table, rows.getLong(3), tick.id(), rows.getBoolean(4)));
          }
        }
      }
    }
    if (!marks.isEmpty()) {
      flush();
    }
    return marks;
  }

  /** Records that marks are published; belongs in the transaction that finishes their batch. */
  public void markedUpTo(Tick tick, List<CopyProgress> marks) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CopySql.MARKED)) {
      statement.setLong(1, tick.id());
      statement.setString(2, queue);
      statement.setArray(
          3,
          connection.createArrayOf("bigint", marks.stream().map(CopyProgress::copyId).toArray()));
      statement.executeUpdate();
    }
  }

  /**
   * What the batch that ends with {@code tick} carries of a copy: its next chunk, read in a short
   * transaction of its own; or, after the last one, the word that the table is consistent, as soon
   * as the tick's snapshot covers that of the last chunk.
   *
   * @param tick the tick of the batch; every event published so far is visible in the chunk
   * @return empty when the batch has nothing of the copy, also because the table is gone
   * @throws ConnectException when the table may not be read
   */
  public Optional<CopyChunk> read(CopyRequest request, Tick tick) throws SQLException {
    if (lastChunk != null && lastChunk.copyId() == request.copyId()) {
      boolean consistent = Snapshot.parse(tick.snapshot()).covers(lastChunk.snapshot());
      return consistent ? Optional.of(end(request, tick)) : Optional.empty();
    }
    boolean foreign = isForeign(request.table());
    try (Statement statement = connection.createStatement()) {
      statement.execute(CopySql.BEGIN);
      statement.execute(CopySql.LOCK_TIMEOUT);
      statement.execute(CopySql.SEE_ALL_ROWS);
      statement.execute(
          foreign ? CopySql.lockForeignShape(request.table()) : CopySql.lockShape(request.table()));
      CopySource source = source(request.table());
      boolean due = isPublishedUpTo(request, source.layout(), tick);
      Optional<CopyChunk> chunk = due ? Optional.of(readRows(request, source)) : Optional.empty();
      statement.execute("commit");
      if (due && foreign && !source.equals(source(request.table()))) {
        lastChunk = null;
        return Optional.empty(); // The next look reads it as it is now.
      }
      if (due) {
        flush();
      }
      return chunk;
    } catch (SQLException e) {
      rollback(e);
      if (SqlState.is(e, SqlState.LOCK_NOT_AVAILABLE)) {
        LOG.warn(
            "The copy of table {} waits: another session holds a lock on it. Who: select pid, query from"
                + " pg_stat_activity where pid in (select pid from pg_locks where relation = '{}'::regclass"
                + " and mode = 'AccessExclusiveLock')",
            request.table(),
            Identifiers.quote(request.table()));
        return Optional.empty();
      }
      if (saysThatItIsGone(e) && !isThere(request.table())) {
        return Optional.empty(); // The next look says so.
      }
      throw explained(request, e, foreign);
    }
  }

  /**
   * Waits until all that was read is on the disk. A crash of the provider would forget the rest of
   * it ({@code synchronous_commit = off}), and subscribers would keep it.
   */
  private void flush() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CopySql.FLUSH)) {
      statement.setString(1, queue);
      statement.execute();
    }
  }

  private static boolean saysThatItIsGone(SQLException failure) {
    return SqlState.is(failure, SqlState.UNDEFINED_TABLE)
        || SqlState.is(failure, SqlState.INVALID_SCHEMA_NAME);
  }

  private boolean isThere(TableId table) throws SQLException {
    return is(CopySql.IS_THERE, table);
  }

  private boolean isForeign(TableId table) throws SQLException {
    return is(CopySql.IS_FOREIGN, table);
  }

  private boolean is(String question, TableId table) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(question)) {
      statement.setString(1, Identifiers.quote(table));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  /**
   * A copy may be to mend what was changed while a trigger was missing. An event from before that
   * change must not come after the copied row, so everything that was captured before the request
   * has to be published before the first chunk. Likewise, a chunk tells subscribers of the layout
   * that it was read in, so rows of the layout before that one must not come after it. The next
   * tick covers both.
   */
  private boolean isPublishedUpTo(CopyRequest request, Layout layout, Tick tick)
      throws SQLException {
    if (seen == null || seen.copyId() != request.copyId() || !seen.layout().equals(layout)) {
      seen = new Seen(request.copyId(), layout, snapshot());
    }
    return Snapshot.parse(tick.snapshot()).covers(seen.snapshot());
  }

  private static CopyChunk end(CopyRequest request, Tick tick) {
    return new CopyChunk(
        null,
        List.of(),
        request.lastKey(),
        new CopyProgress(request.table(), request.copyId(), false, true, 0, tick.id()));
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
    if (texts.size() < wanted && bytes < ChunkSize.MAX_BYTES) {
      lastChunk = new LastChunk(request.copyId(), snapshot());
    }
    return new CopyChunk(
        seen.layout(),
        rows,
        texts.isEmpty() ? request.lastKey() : texts(texts.get(texts.size() - 1).key()),
        new CopyProgress(
            request.table(), request.copyId(), !request.started(), false, rows.size(), 0));
  }

  private Snapshot snapshot() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CopySql.SNAPSHOT);
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return Snapshot.parse(rows.getString(1));
    }
  }

  private List<CopiedRow> rowTexts(CopyRequest request, CopySource source, int wanted)
      throws SQLException {
    boolean after = !request.lastKey().isEmpty();
    List<Layout.Column> key = key(source.table());
    String sql =
        CopySql.chunk(
            request.table(), source, key, after ? order(key) : KeyOrder.NONE, after, wanted);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < request.lastKey().size(); i++) {
        statement.setString(i + 1, request.lastKey().get(i));
      }
      List<CopiedRow> texts = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          texts.add(new CopiedRow(rows.getString(1), rows.getString(2), rows.getLong(3)));
        }
      }
      return texts;
    }
  }

  private KeyOrder order(List<Layout.Column> key) throws SQLException {
    if (!KeyOrder.mustBeAsked(key)) {
      return KeyOrder.NONE;
    }
    Map<Integer, KeyOrder.Operators> operators = new HashMap<>();
    try (PreparedStatement query = connection.prepareStatement(CopySql.ORDER)) {
      query.setString(1, json(key.stream().map(Layout.Column::type).toList()));
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          operators.put(
              rows.getInt(1) - 1,
              new KeyOrder.Operators(rows.getString(2), rows.getString(3), rows.getString(4)));
        }
      }
    }
    return new KeyOrder(operators);
  }

  /** How the table is read as it is in this transaction, which holds its shape by its lock. */
  private CopySource source(TableId table) throws SQLException {
    try (PreparedStatement captured = connection.prepareStatement(CopySql.SOURCE)) {
      captured.setString(1, queue);
      captured.setString(2, table.schema());
      captured.setString(3, table.table());
      try (ResultSet source = captured.executeQuery()) {
        if (!source.next()) {
          Layout foreign = wholeLayout(table, foreignKeyJson(table));
          return new CopySource(foreign, foreign, CopySource.WHOLE_ROW, Optional.empty(), false);
        }
        String image = source.getString(2);
        if (image == null) {
          Layout whole = wholeLayout(table, source.getString(1));
          return new CopySource(
              whole,
              whole,
              CopySource.WHOLE_ROW,
              Optional.ofNullable(source.getString(3)),
              source.getBoolean(5));
        }
        return new CopySource(
            Layouts.layout(0, table, source.getString(4), source.getString(1)),
            wholeLayout(table, source.getString(1)),
            image,
            Optional.of(source.getString(3)),
            source.getBoolean(5));
      }
    }
  }

  private Layout wholeLayout(TableId table, String keyJson) throws SQLException {
    try (PreparedStatement columns = connection.prepareStatement(CopySql.LAYOUT)) {
      columns.setString(1, Identifiers.quote(table));
      try (ResultSet rows = columns.executeQuery()) {
        rows.next();
        return Layouts.layout(0, table, rows.getString(1), keyJson);
      }
    }
  }

  /** The key of a table that PgQ's own triggers capture. */
  private String foreignKeyJson(TableId table) throws SQLException {
    Optional<List<String>> foreign = new ForeignTables(connection, queue).key(table);
    return json(
        foreign.orElseThrow(
            () ->
                new ConnectException(
                    ("A copy of table %s is requested, but queue \"%s\" does not capture that table. Add"
                            + " it: %s")
                        .formatted(table, queue, remedy.add(table)))));
  }

  private List<Layout.Column> key(Layout layout) {
    List<Layout.Column> key = new ArrayList<>();
    if (layout.key().isEmpty()) {
      throw new ConnectException(
          ("Table %s cannot be copied without a key. Give it one: ALTER TABLE %s ADD PRIMARY KEY (...); and then: %s;"
                  + " or name columns that identify a row and that its options do not hide by --key of that command")
              .formatted(
                  layout.table(), Identifiers.quote(layout.table()), remedy.add(layout.table())));
    }
    for (int index : layout.keyIndexes()) {
      if (index < 0) {
        throw new ConnectException(
            ("Table %s lost a column of its key %s. Take it up again with its new key: %s && %s")
                .formatted(
                    layout.table(),
                    layout.key(),
                    remedy.remove(layout.table()),
                    remedy.add(layout.table())));
      }
      key.add(layout.columns().get(index));
    }
    return key;
  }

  /**
   * Records that a chunk is published; belongs in the transaction that finishes its batch.
   *
   * @param tick the tick of the batch
   */
  public void published(CopyChunk chunk, Tick tick) throws SQLException {
    CopyProgress progress = chunk.progress();
    try (PreparedStatement statement = connection.prepareStatement(CopySql.PROGRESS)) {
      statement.setString(1, progress.last() ? "done" : "copying");
      statement.setString(2, json(chunk.lastKey()));
      statement.setLong(3, progress.rows());
      statement.setLong(4, progress.consistentTick());
      statement.setBoolean(5, progress.last());
      statement.setString(6, queue);
      statement.setString(7, progress.table().schema());
      statement.setString(8, progress.table().table());
      statement.setLong(9, progress.copyId());
      statement.setLong(10, tick.id());
      statement.setBoolean(11, lastChunk != null && lastChunk.copyId() == progress.copyId());
      statement.executeUpdate();
    }
    if (progress.first() || progress.last()) {
      update(CopySql.FORGET_CHUNKS);
    }
  }

  /**
   * Batches after a tick are published again, without what they carried of copies: goes on where
   * every subscriber is that has come to the tick. Belongs in the transaction that places the
   * consumer there.
   */
  public void goBack(Tick tick) throws SQLException {
    for (Change back : change(CopySql.GO_BACK, tick, 3)) {
      LOG.info(
          "A copy goes back to where it was with the last batch that is known to be published [table={}, copy={}, rows={},"
              + " tick={}]",
          back.table(),
          back.copyId(),
          back.rows(),
          tick.id());
    }
    for (Change anew : change(CopySql.BEGIN_ANEW, tick, 3)) {
      LOG.info(
          "A copy begins anew, as its beginning or its end may not be published [table={}, copy={}, tick={}]",
          anew.table(),
          anew.copyId(),
          tick.id());
    }
    for (Change mark : change(CopySql.UNMARK, tick, 1)) {
      LOG.info(
          "That subscribers hold the rows of a table is told again [table={}, copy={}, tick={}]",
          mark.table(),
          mark.copyId(),
          tick.id());
    }
    update(CopySql.FORGET_CHUNKS_AFTER, tick.id());
  }

  private record Change(TableId table, long copyId, long rows) {}

  private List<Change> change(String sql, Tick tick, int times) throws SQLException {
    List<Change> changes = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, queue);
      for (int i = 0; i < times; i++) {
        statement.setLong(2 + i, tick.id());
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          changes.add(
              new Change(
                  new TableId(rows.getString(1), rows.getString(2)),
                  rows.getLong(3),
                  rows.getLong(4)));
        }
      }
    }
    return changes;
  }

  private void update(String sql, long... numbers) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, queue);
      for (int i = 0; i < numbers.length; i++) {
        statement.setLong(2 + i, numbers[i]);
      }
      statement.executeUpdate();
    }
  }

  private void rollback(SQLException failure) {
    try (Statement statement = connection.createStatement()) {
      statement.execute("rollback");
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  /** The failure itself, unless somebody has to act: then what to do is thrown. */
  private SQLException explained(CopyRequest request, SQLException failure, boolean foreign) {
    TableId table = request.table();
    if (SqlState.is(failure, SqlState.INSUFFICIENT_PRIVILEGE)) {
      throw new ConnectException(
          ("Table %s cannot be copied: %s. The connector's role needs: GRANT SELECT ON %s TO <role>;"
                  + " and where the table has row security: ALTER ROLE <role> BYPASSRLS")
              .formatted(table, failure.getMessage(), Identifiers.quote(table)),
          failure);
    }
    if (SqlState.is(failure, SqlState.CHARACTER_NOT_IN_REPERTOIRE)) {
      throw new ConnectException(
          "Table %s cannot be copied: a row holds a text that is not UTF-8: %s. %s"
              .formatted(table, failure.getMessage(), NotUtf8.inTable(table, keyNames(table))),
          failure);
    }
    if (foreign && SqlState.verdict(failure) == SqlState.Verdict.FATAL) {
      throw new ConnectException(
          ("Foreign table %s cannot be copied: %s. Fix the foreign table, its server or its user mapping for the"
                  + " connector's role, and restart the task; or stop capturing it: %s")
              .formatted(table, failure.getMessage(), remedy.remove(table)),
          failure);
    }
    return failure;
  }

  private List<String> keyNames(TableId table) {
    try {
      return source(table).layout().key();
    } catch (SQLException e) {
      return List.of(); // The message is worth more than the columns that tell the row.
    }
  }

  private static List<String> texts(String json) {
    try {
      return json == null ? List.of() : JSON.readValue(json, TEXTS);
    } catch (JsonProcessingException e) {
      throw new DataException("last_key in pgq_connect.table_copy cannot be read: " + json, e);
    }
  }

  private static String json(List<String> texts) {
    try {
      return JSON.writeValueAsString(texts);
    } catch (JsonProcessingException e) {
      throw new DataException("A key cannot be written", e);
    }
  }
}
