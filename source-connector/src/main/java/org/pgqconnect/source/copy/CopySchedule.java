/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the batches of one session carry of copies: the next chunk of the copy that is under way,
 * and the marks of tables that subscribers hold already. Not thread safe.
 */
public final class CopySchedule {
  private static final Logger LOG = LoggerFactory.getLogger(CopySchedule.class);

  private static final Duration LOOK = Duration.ofMillis(500);

  private final TableCopies copies;
  private final ChunkReader chunks;
  private final Settings settings;
  private final Interval rest;
  private Optional<CopyRequest> next = Optional.empty();
  private boolean marksDue;

  /**
   * Which copies there are.
   *
   * @param tables which tables the connector publishes
   * @param copies false for a queue of an application's own events: of it nothing is copied
   * @param newestTick the queue's newest tick when the session began
   */
  public record Settings(Predicate<TableId> tables, boolean copies, long newestTick) {
    public Settings {
      requireNonNull(tables, "tables");
    }
  }

  public CopySchedule(TableCopies copies, ChunkReader chunks, Settings settings, NanoClock clock) {
    this.copies = requireNonNull(copies, "copies");
    this.chunks = requireNonNull(chunks, "chunks");
    this.settings = requireNonNull(settings, "settings");
    this.rest = Interval.over(clock, LOOK);
  }

  /**
   * Looks what is requested, unless it did a short while ago or knows what is next.
   *
   * @param position the last published tick
   */
  public void look(Tick position) throws SQLException {
    if (settings.copies() && next.isEmpty() && rest.isOver()) {
      next = copies.nextRequest(settings.tables());
      marksDue = copies.hasMarks(settings.tables(), position);
      rest.begin();
    }
  }

  /** Whether a batch is wanted to carry something, though there may be no changes. */
  public boolean isDue() {
    return next.isPresent() || marksDue;
  }

  /** Whether a batch that begins now, and ends with a tick, carries a chunk. */
  public boolean isDueIn(Tick tick) {
    return next.isPresent() && isNew(tick);
  }

  /**
   * Whether no earlier session can have published a batch that ends with the tick. Where one may
   * have, subscribers may be beyond it and drop the batch: so it carries nothing of a copy.
   */
  private boolean isNew(Tick tick) {
    return tick.id() > settings.newestTick();
  }

  /**
   * Reads what the batch that ends with a tick carries of the copy that is due in it.
   *
   * @return empty when the batch has nothing of it after all
   */
  public Optional<CopyChunk> read(Tick tick) throws SQLException {
    // The table may have been removed while the batch was read.
    next = copies.nextRequest(settings.tables());
    if (next.isEmpty()) {
      return Optional.empty();
    }
    Optional<CopyChunk> chunk = chunks.read(next.get(), tick);
    if (chunk.isPresent()) {
      // What is next stands in the table once this chunk is published.
      next = Optional.empty();
      rest.end();
    }
    return chunk;
  }

  /**
   * What the batch says of copies that it brings no rows of. Whatever else the batch is, also one
   * that another task began. One that an earlier session may have published carried the marks of
   * the tables that have rows in it.
   *
   * @param tick that ends the batch
   * @param begun whether the batch is published in any case
   * @param here which tables have rows in it
   */
  public List<CopyProgress> notices(Tick tick, boolean begun, Predicate<TableId> here)
      throws SQLException {
    boolean others = isNew(tick);
    if (!settings.copies() || !(begun || marksDue && others)) {
      return List.of();
    }
    List<CopyProgress> notices = copies.notices(settings.tables(), here, others, tick);
    List<CopyProgress> marks = notices.stream().filter(CopyProgress::isMark).toList();
    marks.forEach(
        mark ->
            LOG.info(
                "Subscribers keep the rows that they have [table={}, copy={}, tick={}]",
                mark.table(),
                mark.copyId(),
                tick.id()));
    marksDue = marksDue && !others;
    if (!marks.isEmpty()) {
      rest.end();
    }
    return notices;
  }
}
