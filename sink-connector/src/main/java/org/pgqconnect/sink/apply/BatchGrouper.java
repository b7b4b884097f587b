/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.apply.Applier.Manner;
import org.pgqconnect.sink.assemble.PendingBatch;
import org.pgqconnect.sink.assemble.SafeOffsets;
import org.pgqconnect.sink.target.ApplyException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies complete batches in as few transactions as the subscriber takes. What is refused is tried
 * batch by batch, and what rows of later batches are needed for, together with those.
 */
public final class BatchGrouper {
  /** How often a batch is applied again in the same session while others alter its tables. */
  private static final int MOST_ALTERED = 3;

  private static final Logger LOG = LoggerFactory.getLogger(BatchGrouper.class);

  /** A batch of half the buffer is written as it arrives; the rest is for those that follow. */
  private static final int ROOM_TO_WAIT = 3;

  private final Subscriber subscriber;
  private final Applier applier;
  private final Grouping grouping = new Grouping();

  public BatchGrouper(Subscriber subscriber, Applier applier) {
    this.subscriber = subscriber;
    this.applier = applier;
  }

  /** How many batches are to be applied in one transaction; 1: as many as there are. */
  public int together() {
    return grouping.together();
  }

  /** Why they must be, while more of them are waited for. */
  public Optional<String> refused() {
    return grouping.refused();
  }

  /**
   * Waiting was in vain: rows that a repeated copy has not brought so far are deleted where they
   * are in the way.
   *
   * @return false when no copy is repeated, or that was tried already
   */
  public boolean clearWay() {
    return grouping.clearWay(subscriber.known().isCopying());
  }

  /**
   * Applies complete batches.
   *
   * @param batches consecutive, at least one; some may be left for the next call
   * @param offsets from where to read again once the batches are applied
   * @return the tick up to which batches are applied, now or before
   * @throws NeedsMoreException when they can only be applied together with later ones
   * @throws StopException when they can never be applied
   */
  public long apply(List<PendingBatch> batches, SafeOffsets offsets) throws SQLException {
    for (int times = 0; times < MOST_ALTERED; times++) {
      try {
        return applyGrouped(batches, offsets);
      } catch (AlteredBesideException e) {
        subscriber.writer().forgetAll();
      } catch (ApplyException e) {
        throw e.stop();
      }
    }
    throw new ReadAgainException();
  }

  private long applyGrouped(List<PendingBatch> batches, SafeOffsets offsets) throws SQLException {
    PendingBatch head = batches.get(0);
    applier.abandonUnless(head.id());
    if (applier.isStreaming()) {
      return applyStreamed(head, offsets);
    }
    if (together() > 1) {
      return applyTogether(batches.subList(0, Math.min(together(), batches.size())), offsets);
    }
    boolean alone = batches.size() == 1 || grouping.isAlone(head.id().tickId());
    try {
      return applier.apply(
          alone ? List.of(head) : batches, offsets, new Manner(false, grouping.clearsWay()));
    } catch (SQLException e) {
      if (SqlState.verdict(e) != Verdict.DATA && !SqlState.mayBeAltered(e)) {
        throw e;
      }
      LOG.debug("Applying again with savepoints [state={}]", SqlState.of(e).orElse(""));
    } catch (ApplyException e) {
      // What was known of the tables may be out of date, so that even one batch is tried again.
      LOG.debug("Applying batches one by one", e);
    }
    grouping.applyAloneUpTo(batches.get(batches.size() - 1).id().tickId());
    subscriber.rollback();
    subscriber.writer().forgetAll();
    return applyTogether(List.of(head), offsets);
  }

  /**
   * A chunk of a copy is newer than its batch: it may hold a row whose unique value another row
   * still has, or whose parent comes one batch later. Then it is applied with those that follow.
   */
  private long applyTogether(List<PendingBatch> batches, SafeOffsets offsets) throws SQLException {
    try {
      long tick = applier.apply(batches, offsets, new Manner(true, grouping.clearsWay()));
      grouping.applied();
      return tick;
    } catch (ApplyException e) {
      if (!e.isClash()) {
        throw e;
      }
      subscriber.rollback();
      grouping.clashed();
      boolean mayCome = grouping.mayCome(e.isForeignKey(), batches.size());
      AwaitedTables awaited = AwaitedTables.of(e, subscriber);
      boolean isToCome =
          !awaited.toBeCopied().isEmpty()
              || e.endsWithCopy()
              || subscriber.known().isCopying() && (mayCome || clearWay());
      if (!isToCome && !awaited.mayBeCopied()) {
        throw e;
      }
      String why = awaited.explain(e, subscriber);
      grouping.waitForMore(why, batches.size());
      throw new NeedsMoreException(why, batches.size(), e, isToCome);
    }
  }

  private long applyStreamed(PendingBatch batch, SafeOffsets offsets) throws SQLException {
    try {
      return applier.apply(List.of(batch), offsets, new Manner(true, grouping.clearsWay()));
    } catch (ApplyException e) {
      throw ofStreamed(batch, e);
    }
  }

  /** What follows cannot be added to a batch that was not kept. */
  private ApplyException ofStreamed(PendingBatch batch, ApplyException failure)
      throws SQLException {
    if (!failure.isClash()) {
      return failure;
    }
    AwaitedTables awaited = AwaitedTables.of(failure, subscriber);
    if (!subscriber.known().isCopying() && awaited.toBeCopied().isEmpty()) {
      return failure;
    }
    long rows = batch.end().eventCount();
    return new ApplyException(
        ("Batch %s of %d rows does not fit into the sink's memory, so it was written as it arrived."
                + " Rows of it, or of a copy that came with it and is newer, fit only together with"
                + " what later batches bring, and for that all of these must be in memory: raise"
                + " buffer.max.rows to %d or more, and buffer.max.bytes so that as many rows fit,"
                + " until the copies have ended; then restart the connector. The error of the"
                + " subscriber without them: %s")
            .formatted(
                batch.bounds(), rows, ROOM_TO_WAIT * rows, awaited.explain(failure, subscriber)),
        failure.clash());
  }
}
