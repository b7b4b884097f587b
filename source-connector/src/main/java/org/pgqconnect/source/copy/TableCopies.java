/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.source.queue.Tick;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which copies are requested for a queue, and how far they are. That is kept on the provider, in
 * the transaction that finishes the batch: a crash in between publishes a chunk twice, which
 * converges. How far a copy is belongs to a tick: a session that publishes again from an earlier
 * one goes back, with {@link #goBack}, to what subscribers have there. {@link ChunkReader} reads
 * the rows. Not thread safe.
 */
public final class TableCopies {
  private static final Logger LOG = LoggerFactory.getLogger(TableCopies.class);

  // Of tables without rows in the batch; an END has to stay small.
  private static final int MARKS_AT_ONCE = 500;

  private final Session session;
  private final String queue;
  private final Remedy remedy;
  private final CapturedRelations relations;
  private final Set<Long> absent = new HashSet<>();
  private final Set<Long> replaced = new HashSet<>();

  /**
   * @param remedy the commands that its messages name
   */
  public TableCopies(Connection connection, String queue, Remedy remedy) {
    this.session = new Session(connection);
    this.queue = requireNonNull(queue, "queue");
    this.remedy = requireNonNull(remedy, "remedy");
    this.relations = new CapturedRelations(session, queue);
  }

  /** The tables that our own triggers capture into a queue, by the names of their events. */
  public static Set<TableId> captured(Connection connection, String queue) throws SQLException {
    return new LinkedHashSet<>(
        new Session(connection).list(CopySql.CAPTURED, TableCopies::table, queue));
  }

  private static TableId table(ResultSet row) throws SQLException {
    return new TableId(row.getString(1), row.getString(2));
  }

  /** A request as the provider has it; there is false when no table has the name. */
  private record Open(CopyRequest request, boolean there) {}

  private static Open open(ResultSet row) throws SQLException {
    return new Open(
        new CopyRequest(
            table(row),
            row.getLong(3),
            row.getString(4).equals("copying"),
            JsonTexts.readKey(row.getString(5)),
            Optional.ofNullable(row.getString(6))),
        row.getBoolean(7));
  }

  /**
   * The copy to continue with. That of a table that is not there, or whose name another table has,
   * waits until it is, or is removed: the other tables do not wait for it, and a subscriber that
   * lacks the copy says so.
   *
   * @param included which tables the connector publishes
   */
  public Optional<CopyRequest> nextRequest(Predicate<TableId> included) throws SQLException {
    for (Open open : session.list(CopySql.OPEN_REQUESTS, TableCopies::open, queue)) {
      CopyRequest request = open.request();
      if (included.test(request.table()) && isThere(request, open.there()) && isCaptured(request)) {
        return Optional.of(request);
      }
    }
    return Optional.empty();
  }

  private boolean isThere(CopyRequest request, boolean there) {
    if (there) {
      absent.remove(request.copyId());
    } else if (absent.add(request.copyId())) {
      LOG.warn(
          "The copy of table {} waits: there is no table of that name on the provider. Subscribers"
              + " keep what they hold of it, and count as incomplete. If it was dropped, stop"
              + " replicating it: {}. If it was renamed, rename it back. What is captured: {}",
          request.table(),
          remedy.remove(request.table()),
          remedy.tables());
    }
    return there;
  }

  private boolean isCaptured(CopyRequest request) throws SQLException {
    TableId table = request.table();
    boolean captured = relations.of(table).isPresent();
    if (captured) {
      replaced.remove(request.copyId());
    } else if (replaced.add(request.copyId())) {
      LOG.warn(
          "The copy of table {} waits: the table that has this name now is not the one that queue"
              + " \"{}\" captures under it{}. Subscribers keep what they hold of it, and count as"
              + " incomplete. If the captured table has another name for a while, rename it back."
              + " If another table has taken its place, have that one captured: {}. Or stop"
              + " replicating it: {}. What is captured: {}",
          table,
          queue,
          relations.nameNow(table).map(", which is called %s now"::formatted).orElse(""),
          remedy.add(table),
          remedy.remove(table),
          remedy.tables());
    }
    return captured;
  }

  /** A copy of which no rows are sent so far, as the provider has it. */
  private record Unsent(TableId table, long copyId, boolean empty, boolean isMark) {
    private CopyProgress at(Tick tick) {
      return isMark
          ? CopyProgress.mark(table, copyId, tick.id(), empty)
          : CopyProgress.toCome(table, copyId);
    }
  }

  /**
   * What a batch says of copies that it brings no rows of. Marks: tables that subscribers hold
   * already, as an operator said, and that no batch has announced. And tables that subscribers may
   * hold without changes from before the batch, and whose copies, which make them good, have not
   * begun; each batch with rows of them says so.
   *
   * <p>A mark or request commits together with the table's trigger. So the tick of a batch that
   * holds a row of the table was made after that commit, and a session that looks once the batch is
   * open sees it: no such row can be published before its mark, or without it.
   *
   * @param included which tables the connector publishes
   * @param here which tables have rows in the batch: nothing of them is left for later
   * @param others whether marks of other tables are wanted
   * @param tick the tick of the batch, which is open
   */
  public List<CopyProgress> notices(
      Predicate<TableId> included, Predicate<TableId> here, boolean others, Tick tick)
      throws SQLException {
    List<CopyProgress> notices = new ArrayList<>();
    int left = others ? MARKS_AT_ONCE : 0;
    List<Unsent> found =
        session.list(
            CopySql.NOTICES,
            row -> new Unsent(table(row), row.getLong(3), row.getBoolean(4), row.getBoolean(5)),
            queue);
    for (Unsent copy : found) {
      if (included.test(copy.table()) && (here.test(copy.table()) || copy.isMark() && left-- > 0)) {
        notices.add(copy.at(tick));
      }
    }
    if (!notices.isEmpty()) {
      flush(session, queue);
    }
    return notices;
  }

  /** Are there marks that no batch has announced? */
  public boolean hasMarks(Predicate<TableId> included, Tick tick) throws SQLException {
    return !notices(included, table -> false, true, tick).isEmpty();
  }

  /**
   * Waits until all that was read is on the disk. A crash of the provider would forget the rest of
   * it ({@code synchronous_commit = off}), and subscribers would keep it.
   */
  static void flush(Session session, String queue) throws SQLException {
    session.execute(CopySql.FLUSH, queue);
  }

  /**
   * Requests a copy anew whose key has not the order any more that its chunks were read in, unless
   * it was requested again or withdrawn meanwhile.
   */
  static void beginAnew(Session session, String queue, CopyRequest request) throws SQLException {
    TableId table = request.table();
    Optional<Long> anew =
        session.first(
            CopySql.BEGIN_ONE_ANEW,
            row -> row.getLong(1),
            queue,
            table.schema(),
            table.table(),
            request.copyId());
    if (anew.isPresent()) {
      LOG.warn(
          "A copy starts again, because the order of its key may be another one than when it began:"
              + " columns of the key, types or collations were changed, or the server or this"
              + " connector was upgraded [table={}, copy={}, before={}]",
          table,
          anew.get(),
          request.copyId());
    }
  }

  /** Records that marks are published; belongs in the transaction that finishes their batch. */
  public void markedUpTo(Tick tick, List<CopyProgress> marks) throws SQLException {
    session.update(
        CopySql.MARKED,
        tick.id(),
        queue,
        Values.bigints(marks.stream().map(CopyProgress::copyId).toList()));
  }

  /**
   * Records that a chunk is published; belongs in the transaction that finishes its batch.
   *
   * @param tick the tick of the batch
   */
  public void published(CopyChunk chunk, Tick tick) throws SQLException {
    CopyProgress progress = chunk.progress();
    session.update(
        CopySql.PROGRESS,
        progress.last() ? "done" : "copying",
        JsonTexts.write(chunk.lastKey()),
        chunk.orderedBy(),
        progress.rows(),
        progress.consistentTick(),
        progress.last(),
        queue,
        progress.table().schema(),
        progress.table().table(),
        progress.copyId(),
        tick.id(),
        chunk.complete());
    if (progress.first() || progress.last()) {
      session.update(CopySql.FORGET_CHUNKS, queue);
    }
  }

  /**
   * Batches after a tick are published again, without what they carried of copies: continues where
   * every subscriber is that has come to the tick. Belongs in the transaction that places the
   * consumer there.
   */
  public void goBack(Tick tick) throws SQLException {
    for (Change back : change(CopySql.GO_BACK, queue, tick.id(), tick.id(), tick.id())) {
      LOG.info(
          "A copy goes back to where it was with the last batch that is known to be published"
              + " [table={}, copy={}, rows={}, tick={}]",
          back.table(),
          back.copyId(),
          back.rows(),
          tick.id());
    }
    for (Change anew : change(CopySql.BEGIN_ANEW, queue, tick.id(), tick.id(), tick.id())) {
      LOG.info(
          "A copy starts again, as its beginning or its end is possibly not published [table={},"
              + " copy={}, tick={}]",
          anew.table(),
          anew.copyId(),
          tick.id());
    }
    for (Change mark : change(CopySql.UNMARK, queue, tick.id())) {
      LOG.info(
          "The mark that subscribers hold the rows of a table is sent again [table={}, copy={},"
              + " tick={}]",
          mark.table(),
          mark.copyId(),
          tick.id());
    }
    session.update(CopySql.FORGET_CHUNKS_AFTER, queue, tick.id());
  }

  private record Change(TableId table, long copyId, long rows) {}

  private List<Change> change(String sql, Object... values) throws SQLException {
    return session.list(sql, row -> new Change(table(row), row.getLong(3), row.getLong(4)), values);
  }
}
