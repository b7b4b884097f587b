/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.DefinitionChange;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.assemble.PendingBatch;
import org.pgqconnect.sink.assemble.RowChange;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.TopicOrigin;
import org.pgqconnect.sink.plan.Effects;
import org.pgqconnect.sink.position.ChainGuard;
import org.pgqconnect.sink.position.Position;
import org.pgqconnect.sink.position.PositionCheck;
import org.pgqconnect.sink.session.SubscriberSession;
import org.pgqconnect.sink.tables.Marked;
import org.pgqconnect.sink.tables.StatusReport;
import org.pgqconnect.sink.tables.SubscribedTable.Stage;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.sink.tables.TableStates.RowPlan;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.TableAccess;
import org.pgqconnect.sink.write.MessageContext;
import org.pgqconnect.sink.write.MissingRows;
import org.pgqconnect.wire.TopicNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies batches to the subscriber: rows, table states, position and offsets in one transaction. A
 * batch that does not fit into memory is written into its transaction part by part. Not thread
 * safe.
 */
public final class Applier {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

  /** A copy whose rows do not fit after so many batches never will. */
  private static final int MOST_TOGETHER = 128;

  /** So many batches more are waited for before it is tried again. */
  private static final int MOST_MORE = 16;

  /** A batch of half the buffer is written as it arrives; the rest is for those that follow. */
  private static final int ROOM_TO_WAIT = 3;

  /** So often it is looked at whether others have emptied tables that are not written meanwhile. */
  private static final long FILES_NANOS = 30_000_000_000L;

  /** How much longer than a sweep that was in vain the sink goes on without another one. */
  private static final int SWEEP_REST = 10;

  private final SubscriberSession.Settings settings;
  private final TopicNames names;
  private final Ownership ownership;
  private final NotApplied notApplied;
  private final Remedy remedy;
  private final Set<TableId> notToSkip = new HashSet<>();
  private final Set<TableId> writtenSinceLook = new HashSet<>();
  private long lookedAtFiles;
  private final Set<TableId> saidToMissRows = new HashSet<>();
  private final Map<TableId, TableAccess> saidToBeHarmless = new HashMap<>();
  private SubscriberSession session;
  private ChainGuard guard;
  private Position position = Position.NONE;
  private TableStates tables;
  private TableStates known;
  private Set<TableId> recopies = Set.of();
  private Map<TableId, String> unswept = Map.of();
  private long sweepAgain;
  private StreamedBatch stream;
  private long aloneUpTo = Long.MIN_VALUE;
  private int together = 1;
  private String refused;
  private boolean clearsWay;
  private boolean clearedInVain;

  Applier(
      SubscriberSession.Settings settings,
      TopicNames names,
      Ownership ownership,
      NotApplied notApplied) {
    this.settings = settings;
    this.names = names;
    this.notApplied = notApplied;
    this.ownership = ownership;
    this.remedy = Remedy.ofPrefix(names.prefix());
    this.tables = new TableStates(Map.of(), remedy);
    this.known = tables;
    this.guard = guard(null);
  }

  /**
   * Opens a session unless one is open, and reads where the subscriber stands.
   *
   * @return false when it does not stand where it was left, so that the topics must be read again
   */
  boolean open() throws SQLException {
    if (session != null) {
      return true;
    }
    SubscriberSession opened =
        SubscriberSession.open(settings, ownership::owns, this::isReplicated);
    try {
      Position stored = opened.store().takeOver(names.prefix());
      guard = guard(opened.store().ownIdentity().orElse(null));
      TableStates storedTables = opened.tables().load(remedy);
      opened.tables().requireHeld(storedTables, ownership::owns);
      storedTables.warnings().forEach(LOG::warn);
      lookedAtFiles = System.nanoTime();
      writtenSinceLook.clear();
      saidToBeHarmless.clear();
      recopies = opened.repeatedCopies().load();
      opened.begin();
      boolean moved = !stored.isAt(position);
      if (moved) {
        saidToMissRows.clear(); // What is stored may be from before it was said.
      }
      position = stored;
      tables = storedTables.copy();
      session = opened;
      return !moved;
    } finally {
      if (session == null) {
        opened.close();
      }
    }
  }

  private ChainGuard guard(String ownIdentity) {
    return new ChainGuard(
        settings.subscription(),
        names,
        new ChainGuard.SubscriberDatabase(settings.connection().address(), ownIdentity));
  }

  private boolean isReplicated(TableId table) {
    return ownership.owns(table) && known.all().containsKey(table);
  }

  /** Is there a session? */
  boolean isOpen() {
    return session != null;
  }

  /** Where the subscriber stood when that was last known. */
  Position position() {
    return position;
  }

  /** From where the partitions are to be read. */
  Map<PartitionId, Long> storedOffsets() throws SQLException {
    Map<PartitionId, Long> offsets = session.store().offsets();
    session.connection().commit();
    return offsets;
  }

  /** What the stored offsets belong to. */
  TopicOrigin storedOrigin() throws SQLException {
    TopicOrigin origin = session.store().origin();
    session.connection().commit();
    return origin;
  }

  /** Stores from where partitions are read, and what these offsets belong to. */
  void storeOrigin(Map<PartitionId, Long> offsets, TopicOrigin origin) throws SQLException {
    session.store().saveOrigin(offsets, origin);
    session.connection().commit();
  }

  /**
   * Stores what status shows.
   *
   * @return false when no session is open, or a transaction that holds the row
   */
  boolean report(StatusReport report) throws SQLException {
    if (session == null || stream != null) {
      return false;
    }
    session.store().report(report);
    session.connection().commit();
    return true;
  }

  /** Tables whose rows are skipped until their copy starts. */
  boolean expectsCopy(TableId table) {
    return tables.expectsCopy(table);
  }

  /**
   * Whether a boundary belongs to the history that the subscriber follows.
   *
   * @param offset where it stands in the transaction topic
   * @return false when it belongs to the one that was followed before
   * @throws StopException when it belongs to another one
   */
  boolean follows(Boundary boundary, long offset) {
    return guard.follows(boundary, position, offset);
  }

  /** Stops when batches before this one are missing. */
  void requireNoGap(Boundary boundary) {
    guard.check(boundary, position);
  }

  /** The queue that the subscriber follows; null before its first batch. */
  String queue() {
    return position.queue();
  }

  /** Is a batch being written part by part? */
  boolean isStreaming() {
    return stream != null;
  }

  /** Gives up the session and what it has not committed. */
  void close() {
    stream = null;
    if (session != null) {
      session.close();
      session = null;
    }
  }

  /** Undoes a batch that is being written part by part. */
  void abandonStream() throws SQLException {
    if (stream != null) {
      stream = null;
      session.connection().rollback();
    }
  }

  /**
   * Applies complete batches in one transaction.
   *
   * @param batches consecutive, at least one; some may be left for the next call
   * @param offsetsAfter from where to read on once a tick is applied
   * @return the tick up to which batches are applied, now or before
   */
  long apply(List<PendingBatch> batches, LongFunction<Map<PartitionId, Long>> offsetsAfter)
      throws SQLException {
    if (stream != null && !stream.batch.equals(batches.get(0).id())) {
      abandonStream();
    }
    if (stream != null) {
      try {
        return applyOnce(batches.subList(0, 1), offsetsAfter, true);
      } catch (ApplyException e) {
        throw ofStreamed(batches.get(0), e);
      }
    }
    if (together > 1) {
      return applyTogether(batches.subList(0, Math.min(together, batches.size())), offsetsAfter);
    }
    boolean alone = batches.get(0).id().tickId() <= aloneUpTo || batches.size() == 1;
    try {
      return applyOnce(alone ? batches.subList(0, 1) : batches, offsetsAfter, false);
    } catch (SQLException e) {
      if (SqlState.verdict(e) != Verdict.DATA && !maybeAltered(e)) {
        throw e;
      }
      LOG.debug("Applying again with savepoints [state={}]", SqlState.of(e).orElse(""));
    } catch (ApplyException e) {
      if (alone && !e.isClash()) {
        throw e;
      }
      LOG.debug("Applying batches one by one", e);
    }
    // Each by itself, so that those before the one at fault are applied and the error names it.
    aloneUpTo = batches.get(batches.size() - 1).id().tickId();
    session.connection().rollback();
    session.writer().forgetAll();
    return applyTogether(batches.subList(0, 1), offsetsAfter);
  }

  /** How many batches are to be applied in one transaction. */
  int together() {
    return together;
  }

  /**
   * A chunk of a copy is newer than its batch: it may hold a row whose unique value another row
   * still has, or whose parent comes one batch later. Then it is applied with those that follow.
   */
  private long applyTogether(
      List<PendingBatch> batches, LongFunction<Map<PartitionId, Long>> offsetsAfter)
      throws SQLException {
    try {
      long tick = applyOnce(batches, offsetsAfter, true);
      together = 1;
      refused = null;
      clearsWay = false;
      clearedInVain = false;
      return tick;
    } catch (ApplyException e) {
      if (!e.isClash()) {
        throw e;
      }
      session.connection().rollback();
      clearedInVain = clearsWay;
      // What a row refers to may come with another table's copy, however long that takes.
      boolean mayCome = e.isForeignKey() || batches.size() < MOST_TOGETHER;
      Awaited awaited = awaited(e.referring());
      boolean isToCome =
          !awaited.toBeCopied().isEmpty() || known.isCopying() && (mayCome || clearWay());
      if (!isToCome && !awaited.mayBeCopied()) {
        throw e;
      }
      refused = refused(e, awaited.toBeCopied());
      together = batches.size() + Math.min(MOST_MORE, Math.max(1, batches.size() / 2));
      throw new NeedsMoreException(refused, e, isToCome);
    }
  }

  /** What follows cannot be added to a batch that was not kept. */
  private ApplyException ofStreamed(PendingBatch batch, ApplyException failure)
      throws SQLException {
    if (!failure.isClash()) {
      return failure;
    }
    List<TableId> awaited = awaited(failure.referring()).toBeCopied();
    if (!known.isCopying() && awaited.isEmpty()) {
      return failure;
    }
    long rows = batch.end().counts().values().stream().mapToLong(Long::longValue).sum();
    return new ApplyException(
        ("Batch %s of %d rows does not fit into the sink's memory, so it was written as it arrived. Rows of it, or of a copy that came with it and is newer, fit"
                + " only together with what later batches bring, and for that all of these must be in memory: raise buffer.max.rows to %d or more, and"
                + " buffer.max.bytes so that as many rows fit, until the copies have ended; then restart the connector. What the subscriber said without them: %s")
            .formatted(batch.bounds(), rows, ROOM_TO_WAIT * rows, refused(failure, awaited)),
        failure.clash());
  }

  /** Why they must be, while more of them are waited for. */
  Optional<String> refused() {
    return Optional.ofNullable(refused);
  }

  private String refused(ApplyException failure, List<TableId> awaited) {
    StringBuilder message = new StringBuilder(failure.getMessage());
    for (TableId table : awaited) {
      message.append(
          isReplicated(table)
              ? " Table %s is to be copied first.".formatted(table)
              : " Table %s refers to it in turn and has not been copied so far: the sink waits for its copy."
                  .formatted(table));
      if (known.get(table).note() != null) {
        message.append(" ").append(known.get(table).note());
      }
    }
    return message.toString();
  }

  /**
   * What may still come of the tables of a foreign key.
   *
   * @param toBeCopied they are to be copied: the one whose rows it needs, or whose rows must go
   *     first
   * @param mayBeCopied the topics have not told of one of them yet
   */
  private record Awaited(List<TableId> toBeCopied, boolean mayBeCopied) {}

  /**
   * @param referring the table that has it; null when it was another constraint
   */
  private Awaited awaited(TableId referring) throws SQLException {
    if (referring == null) {
      return new Awaited(List.of(), false);
    }
    Set<TableId> tables = session.writer().withParents(referring);
    // Of those that refer to each other each is copied before one that it needs.
    Set<TableId> circle = session.writer().circle(referring);
    List<TableId> unknown =
        tables.stream().filter(t -> ownership.owns(t) && !isReplicated(t)).toList();
    // What partitions hold comes under the name of the whole.
    Set<TableId> partitions = session.writer().partitionsOf(unknown);
    session.connection().rollback();
    List<TableId> toBeCopied =
        tables.stream()
            .filter(
                table ->
                    isReplicated(table)
                        ? known.expectsCopy(table)
                        : ownership.owns(table)
                            && circle.contains(table)
                            && !partitions.contains(table))
            .sorted()
            .toList();
    return new Awaited(toBeCopied, !partitions.containsAll(unknown));
  }

  /**
   * Waiting was in vain: rows that a repeated copy has not brought so far are deleted where they
   * are in the way.
   *
   * @return false when no copy is repeated, or that was tried already
   */
  boolean clearWay() {
    clearsWay = known.isCopying();
    return clearsWay && !clearedInVain;
  }

  /** A table may have been altered since its definition was read. */
  private static boolean maybeAltered(SQLException failure) {
    String state = SqlState.of(failure).orElse("");
    return state.startsWith("42") || state.startsWith("0A");
  }

  private long applyOnce(
      List<PendingBatch> batches,
      LongFunction<Map<PartitionId, Long>> offsetsAfter,
      boolean careful)
      throws SQLException {
    Position from = stream == null ? beginTransaction() : stream.from;
    Position at = from;
    TableStates next = stream == null ? tables.copy() : stream.tables;
    List<Planned> planned = new ArrayList<>();
    for (PendingBatch batch : batches) {
      if (!planned.isEmpty()
          && PositionCheck.of(batch.bounds(), at.tickId()) != PositionCheck.NEXT) {
        break;
      }
      // Rows of the batches before have to be there when earlier rows are looked at, and are no
      // rows
      // of a copy that begins.
      if (!planned.isEmpty()
          && together == 1
          && (next.areAltered(batch.definitions(), ownership) || beginsCopy(batch))) {
        break;
      }
      PositionCheck verdict = guard.check(batch.end(), at);
      if (verdict == PositionCheck.ALREADY_APPLIED) {
        position = at;
        session.connection().commit();
        return at.tickId();
      }
      List<TableId> toBeHeld = next.toBeHeld(batch.end(), ownership);
      Map<TableId, Marked> marked =
          toBeHeld.isEmpty() ? Map.of() : session.tables().marked(toBeHeld, batch.end().tickTime());
      planned.add(
          new Planned(batch, next.advance(batch.end(), batch.definitions(), ownership, marked)));
      at = positionAfter(batch.end());
    }
    requireNothingWronglySkipped(planned.get(0));
    boolean look = stream == null && System.nanoTime() - lookedAtFiles >= FILES_NANOS;
    if (look) {
      session
          .tables()
          .checkTables(
              next,
              table ->
                  ownership.owns(table)
                      && planned.stream().noneMatch(p -> p.plans.get(table) == RowPlan.RESTART),
              table -> !ownership.owns(table),
              writtenSinceLook);
    }
    Set<TableId> recopying = new HashSet<>(recopies);
    Effects effects = effects(planned, next, recopying, follow(planned, from));
    session.writer().copiedAgain(recopying);
    // At its end a copy deletes what it did not bring; before, only where waiting is in vain.
    session
        .writer()
        .clearWay(
            recopying.stream()
                .filter(table -> clearsWay || stream != null || next.isCopied(table))
                .collect(Collectors.toSet()));
    session.writer().stale(stale(next, recopying));
    session.writer().write(effects, new MessageContext(context(planned), remedy), careful);
    Map<TableId, MissingRows.Count> missing = missing(planned);
    missing.forEach(
        (table, rows) -> {
          if (!saidToMissRows.contains(table)) {
            next.missedRows(table, rows.updates(), rows.deletes(), rows.key(), context(planned));
          }
        });
    sweep(recopying, next);
    noteTriggers(next);
    Set<TableId> written = written(planned);
    Set<TableId> emptied = effects.emptied();
    if (stream != null) {
      emptied.addAll(stream.emptied);
    }
    if (!session
        .store()
        .save(last(planned).batch.end(), offsetsAfter.apply(at.tickId()), next, written, emptied)) {
      session.connection().rollback();
      throw new ReadAgainException(); // The new session looks at the tables before it writes.
    }
    session.repeatedCopies().save(recopies, recopying);
    session.connection().commit();
    if (look) {
      lookedAtFiles = System.nanoTime();
      writtenSinceLook.clear();
    }
    writtenSinceLook.addAll(written);
    saidToMissRows.addAll(missing.keySet());
    missing.values().forEach(rows -> notApplied.add(Reason.MISSING_ROW, rows.changes()));
    recopies = recopying;
    planned.forEach(this::countSkipped);
    next.warnings().forEach(LOG::warn);
    stream = null;
    notToSkip.clear();
    position = at;
    tables = next.copy();
    return at.tickId();
  }

  /**
   * Says of tables that are in step which triggers fire there, until an operator knows that they do
   * no harm.
   */
  private void noteTriggers(TableStates next) throws SQLException {
    for (Map.Entry<TableId, TableAccess> entry : session.writer().accesses().entrySet()) {
      TableId table = entry.getKey();
      TableAccess access = entry.getValue();
      if (next.get(table).stage() != Stage.OK || access.equals(saidToBeHarmless.get(table))) {
        continue;
      }
      Optional<String> warning = access.warning();
      if (warning.isPresent() && next.saysOfTriggers(table, warning.get())) {
        continue; // Until a restart, which the note asks for.
      }
      if (warning.isEmpty() || session.tables().areConfirmed(table, access.triggerNames())) {
        if (!next.firesNoTriggers(table)) {
          saidToBeHarmless.put(table, access); // Known once that is stored.
        }
      } else {
        next.firesTriggers(table, settings.subscription(), warning.get(), access.triggerNames());
      }
    }
  }

  /**
   * The tables whose rows are not the provider's: they wait for a copy, or one is under way that
   * has not brought all of them. What it did not bring when it has ended the provider does not
   * have.
   */
  private Set<TableId> stale(TableStates next, Set<TableId> recopying) {
    return next.all().keySet().stream()
        .filter(ownership::owns)
        .filter(t -> next.expectsCopy(t) || recopying.contains(t) && !next.isCopied(t))
        .collect(Collectors.toSet());
  }

  private static boolean beginsCopy(PendingBatch batch) {
    return batch.end().copies().stream().anyMatch(CopyProgress::first);
  }

  /** What is missing of tables that were in step before. */
  private Map<TableId, MissingRows.Count> missing(List<Planned> planned) {
    Map<TableId, MissingRows.Count> missing = new HashMap<>(session.writer().missing().byTable());
    missing.keySet().removeAll(outOfStep(planned));
    return missing;
  }

  /** Tables that are copied, or wait for a copy, in any of the batches. */
  private static Set<TableId> outOfStep(List<Planned> planned) {
    Set<TableId> tables = new HashSet<>();
    for (Planned batch : planned) {
      batch.plans.forEach(
          (table, plan) -> {
            if (plan != RowPlan.APPLY) {
              tables.add(table);
            }
          });
    }
    return tables;
  }

  /** No batch overlaps what was applied before, so that its rows are as they were before it. */
  private static boolean follow(List<Planned> planned, Position from) {
    Long tick = from.tickId();
    for (Planned batch : planned) {
      if (!PositionCheck.beginsAt(batch.batch.bounds(), tick)) {
        return false;
      }
      tick = batch.batch.bounds().tickId();
    }
    return true;
  }

  private Set<TableId> written(List<Planned> planned) {
    Set<TableId> written = new TreeSet<>();
    for (Planned batch : planned) {
      batch.plans.forEach(
          (table, plan) -> {
            if (plan != RowPlan.SKIP) {
              written.add(table);
            }
          });
    }
    if (stream != null) {
      written.addAll(stream.written);
    }
    return written;
  }

  private void countSkipped(Planned planned) {
    Map<TableId, List<RowChange>> rows = planned.batch.rowsByTable();
    planned.plans.forEach(
        (table, plan) -> {
          if (plan == RowPlan.SKIP) {
            notApplied.add(Reason.EXPECTING_COPY, rows.getOrDefault(table, List.of()).size());
          }
        });
  }

  private Position beginTransaction() throws SQLException {
    session.writer().begin();
    Position stored = session.store().lock();
    if (!stored.isAt(position)) {
      throw new ReadAgainException();
    }
    return stored;
  }

  private static Position positionAfter(BatchEnd end) {
    return new Position(
        end.queue(),
        end.provider(),
        end.queueIdentity(),
        end.id().attempt(),
        end.bounds().tickId(),
        end.tickTime());
  }

  /** Deletes what copies that have ended did not bring. */
  private void sweep(Set<TableId> recopying, TableStates next) throws SQLException {
    Map<TableId, TableDefinition> ended = new HashMap<>();
    for (TableId table : recopying) {
      if (next.isCopied(table)) {
        ended.put(table, next.get(table).definition());
      }
    }
    if (ended.isEmpty()) {
      unswept = Map.of();
      return;
    }
    Set<TableId> tables = Set.copyOf(ended.keySet());
    if (!tables.equals(unswept.keySet()) || System.nanoTime() - sweepAgain >= 0) {
      long start = System.nanoTime();
      unswept = trySweep(ended, recopying);
      sweepAgain = System.nanoTime() + SWEEP_REST * (System.nanoTime() - start);
    }
    unswept.forEach((table, note) -> next.unfinished(table, note, saidOfSweeps(table)));
    for (TableId table : tables) {
      if (!unswept.containsKey(table)) {
        next.finished(table, saidOfSweeps(table));
      }
    }
  }

  /**
   * @return what to say of the tables where that was not possible
   */
  private Map<TableId, String> trySweep(Map<TableId, TableDefinition> ended, Set<TableId> recopying)
      throws SQLException {
    Map<TableId, String> notes = new HashMap<>();
    session.writer().incomplete(ended).forEach(table -> notes.put(table, incomplete(table)));
    ended.keySet().removeAll(notes.keySet());
    Set<TableId> swept = session.writer().sweep(ended);
    recopying.removeAll(swept);
    ended.keySet().removeAll(swept);
    ended.keySet().forEach(table -> notes.put(table, unfinished(table)));
    return notes;
  }

  private List<String> saidOfSweeps(TableId table) {
    return List.of(incomplete(table), unfinished(table));
  }

  private String incomplete(TableId table) {
    return ("Table %s on the subscriber lacks rows that its copy brought: another session deleted them, gave them other keys, or emptied the table"
            + " meanwhile. Copy it once more: %s")
        .formatted(table, remedy.resync(table));
  }

  private static String unfinished(TableId table) {
    return ("The copy of %s has ended, but rows that the provider does not have are still referred to by rows of another table. They are deleted"
            + " as soon as that table's copy has ended too")
        .formatted(table);
  }

  /**
   * @param recopying the tables whose copies leave rows in place; changed by those of the batches
   * @param inOrder the batches follow what was applied before, and each other
   */
  private Effects effects(
      List<Planned> planned, TableStates next, Set<TableId> recopying, boolean inOrder)
      throws SQLException {
    for (TableId table : requireSameRows(next)) {
      planned.forEach(batch -> batch.plans.replace(table, RowPlan.SKIP));
    }
    known = next;
    Map<TableId, TableDefinition> written = new HashMap<>();
    for (Planned batch : planned) {
      batch.plans.forEach(
          (table, plan) -> {
            if (plan == RowPlan.RESTART) {
              session.writer().forget(table);
            }
            if (plan != RowPlan.SKIP) {
              written.put(table, next.get(table).definition());
            }
          });
    }
    Effects effects = session.writer().effects(written);
    Set<TableId> outOfStep = outOfStep(planned);
    for (Planned batch : planned) {
      Map<TableId, List<RowChange>> rows = batch.batch.rowsByTable();
      for (Map.Entry<TableId, RowPlan> plan : batch.plans.entrySet()) {
        TableId table = plan.getKey();
        if (plan.getValue() == RowPlan.SKIP) {
          continue;
        }
        noteStart(plan.getValue(), table, batch, next, recopying);
        List<RowChange> changes = rows.getOrDefault(table, List.of());
        if (recopying.contains(table) && plan.getValue() == RowPlan.RESTART) {
          // Of a table whose changes were skipped so far, those before the first chunk are too.
          effects.beginAgain(table, changes, tables.expectsCopy(table));
        } else if (recopying.contains(table)) {
          effects.addAgain(table, changes);
        } else if (plan.getValue() == RowPlan.RESTART) {
          effects.restart(table, changes);
        } else if (inOrder && !outOfStep.contains(table)) {
          effects.addInStep(table, changes);
        } else {
          effects.add(table, changes, plan.getValue() == RowPlan.APPLY_WHILE_COPYING);
        }
      }
    }
    return effects;
  }

  private void noteStart(
      RowPlan plan, TableId table, Planned batch, TableStates next, Set<TableId> recopying)
      throws SQLException {
    if (plan == RowPlan.RESTART) {
      unswept = Map.of();
      saidToMissRows.remove(table);
      recopying.remove(table);
      session.writer().forgetCopied(table);
      if (session.writer().keepsRowsInCopy(table, next.get(table).definition())) {
        recopying.add(table);
      }
    } else if (batch.batch.end().copies().stream()
        .anyMatch(copy -> copy.isMark() && copy.table().equals(table))) {
      saidToMissRows.remove(table);
      recopying.remove(table);
      session.writer().forgetCopied(table);
    }
  }

  /**
   * Rows of the subscriber are held against what ALTER TABLE made of the provider's, once.
   *
   * @return tables whose rows only a copy makes equal
   */
  private Set<TableId> requireSameRows(TableStates next) throws SQLException {
    Map<TableId, List<DefinitionChange>> altered = new LinkedHashMap<>();
    for (DefinitionChange change : next.altered()) {
      altered.computeIfAbsent(change.after().table(), t -> new ArrayList<>()).add(change);
    }
    next.altered().clear();
    Set<TableId> lost = new HashSet<>();
    for (Map.Entry<TableId, List<DefinitionChange>> table : altered.entrySet()) {
      if (!next.expectsCopy(table.getKey())) {
        Optional<String> copyNeeded = copyNeeded(table.getKey(), table.getValue());
        if (copyNeeded.isPresent()) {
          next.copyNeeded(table.getKey(), copyNeeded.get());
          lost.add(table.getKey());
        }
      }
    }
    return lost;
  }

  /** Rows that were written under the old name cannot be written again when it is changed here. */
  private Optional<String> copyNeeded(TableId table, List<DefinitionChange> changes)
      throws SQLException {
    if (stream == null || !stream.written.contains(table)) {
      return session.writer().requireSameRows(changes);
    }
    Optional<DefinitionChange.Renamed> renamed =
        changes.stream().flatMap(change -> change.renamed().stream()).findFirst();
    return renamed.isEmpty()
        ? session.writer().requireSameRows(changes)
        : renamed.map(
            column ->
                "column \"%s\" is called \"%s\" since the middle of a batch that does not fit into memory"
                    .formatted(column.from(), column.to()));
  }

  private static String context(List<Planned> planned) {
    return planned.size() == 1
        ? "batch " + last(planned).batch.bounds()
        : "batches (%d, %d]"
            .formatted(
                planned.get(0).batch.bounds().prevTickId(), last(planned).batch.bounds().tickId());
  }

  private static Planned last(List<Planned> planned) {
    return planned.get(planned.size() - 1);
  }

  /**
   * Writes what is in memory of the head batch, of which more is to come, into its transaction.
   *
   * @throws SQLException when the session broke: then the rows that were written are lost and must
   *     be read again
   */
  void stream(PendingBatch batch) throws SQLException {
    if (stream != null && !stream.batch.equals(batch.id())) {
      abandonStream();
    }
    if (stream == null) {
      Position at = beginTransaction();
      if (guard.check(batch.boundary(), at) == PositionCheck.ALREADY_APPLIED) {
        position = at;
        session.connection().rollback();
        return;
      }
      stream = new StreamedBatch(batch.id(), at, tables.copy());
      LOG.info("Batch {} is applied as it arrives", batch.bounds());
    }
    known = stream.tables;
    stream.tables.define(batch.definitions(), ownership, batch.boundary().bounds());
    requireSameRows(stream.tables);
    Map<TableId, List<RowChange>> rows = batch.release();
    Map<TableId, TableDefinition> written = new HashMap<>();
    Map<TableId, RowPlan> plans = new HashMap<>();
    for (TableId table : rows.keySet()) {
      RowPlan plan = stream.tables.planWithoutCopy(table);
      if (plan == RowPlan.SKIP && notToSkip.contains(table)) {
        plan = RowPlan.APPLY_WHILE_COPYING;
      }
      if (plan == RowPlan.SKIP) {
        stream.skipped.add(table);
        notApplied.add(Reason.EXPECTING_COPY, rows.get(table).size());
      } else {
        plans.put(table, plan);
        stream.written.add(table);
        written.put(table, stream.tables.get(table).definition());
      }
    }
    Effects effects = session.writer().effects(written);
    boolean inOrder = PositionCheck.beginsAt(batch.bounds(), stream.from.tickId());
    session.writer().copiedAgain(recopies);
    plans.forEach(
        (table, plan) -> {
          if (recopies.contains(table)) {
            effects.addAgain(table, rows.get(table));
          } else if (plan == RowPlan.APPLY && inOrder) {
            effects.addInStep(table, rows.get(table));
          } else {
            effects.add(table, rows.get(table), plan == RowPlan.APPLY_WHILE_COPYING);
          }
        });
    session.writer().writePart(effects, new MessageContext("batch " + batch.bounds(), remedy));
    stream.emptied.addAll(effects.emptied());
  }

  /**
   * END may say that the subscriber holds a table's rows already. Then the rows that were skipped
   * because no copy was known are needed, and the batch is read once more.
   */
  private void requireNothingWronglySkipped(Planned batch) {
    if (stream == null) {
      return;
    }
    for (CopyProgress copy : batch.batch.end().copies()) {
      if (copy.isMark()
          && batch.plans.get(copy.table()) != RowPlan.SKIP
          && stream.skipped.contains(copy.table())) {
        notToSkip.add(copy.table());
      }
    }
    if (!notToSkip.isEmpty() && stream.skipped.removeAll(notToSkip)) {
      throw new ReadAgainException();
    }
  }

  /** A batch and what to do with its rows. */
  private record Planned(PendingBatch batch, Map<TableId, RowPlan> plans) {}

  /** The batch whose transaction is open. */
  private static final class StreamedBatch {
    private final BatchId batch;
    private final Position from;
    private final TableStates tables;
    private final Set<TableId> skipped = new HashSet<>();
    private final Set<TableId> written = new HashSet<>();
    private final Set<TableId> emptied = new HashSet<>();

    StreamedBatch(BatchId batch, Position from, TableStates tables) {
      this.batch = batch;
      this.from = from;
      this.tables = tables;
    }
  }

  /** What was read does not fit the subscriber: the topics must be read again. */
  public static final class ReadAgainException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** The batches can only be applied together with the next ones. */
  static final class NeedsMoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ApplyException inVain;

    /**
     * @param isToCome what is missing; else it is there, if at all, in batches that were not handed
     *     over yet
     */
    NeedsMoreException(String message, ApplyException refused, boolean isToCome) {
      super(message, refused);
      this.inVain = isToCome ? null : refused;
    }

    /** Why the task has to stop when nothing more comes; empty when it does come. */
    Optional<ApplyException> inVain() {
      return Optional.ofNullable(inVain);
    }
  }
}
