/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.copy.CapturedTables;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.session.ProviderSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which rows of a batch are not published, because of their table, its name or its key, and the
 * note of that on the provider. Not thread safe.
 */
final class HeldBackRows {
  private static final Logger LOG = LoggerFactory.getLogger(HeldBackRows.class);

  private final ProviderSession session;
  private final CapturedTables captured;
  private final String queue;
  private final Predicate<TableId> tables;

  // Of the batch. Captured since the session began, and not published.
  private final Set<TableId> leftOut = new HashSet<>();
  private final Set<Integer> unpublished = new HashSet<>();
  private final Set<Integer> renamed = new HashSet<>();
  private Layout published;
  private boolean missed;

  /**
   * @param tables which tables are published
   */
  HeldBackRows(
      ProviderSession session, CapturedTables captured, String queue, Predicate<TableId> tables) {
    this.session = requireNonNull(session, "session");
    this.captured = requireNonNull(captured, "captured");
    this.queue = requireNonNull(queue, "queue");
    this.tables = requireNonNull(tables, "tables");
  }

  /** A batch begins: its tables are looked at again. */
  void batchBegins() {
    leftOut.clear();
    unpublished.clear();
    renamed.clear();
    published = null;
  }

  /** Whether a table was noted since the last call as one that misses changes. */
  boolean takeMissed() {
    boolean any = missed;
    missed = false;
    return any;
  }

  /**
   * Whether tables were left out that have to be noted before an offset says that their rows are
   * done with. The session that reads the batch cannot do that before the batch's end.
   */
  boolean areToBeNoted() {
    return !leftOut.isEmpty();
  }

  /** Notes on the provider which tables were left out; the batch is read. */
  void note() throws SQLException {
    if (areToBeNoted()) {
      session.leftOut().note(leftOut);
    }
  }

  /** Whether rows of a layout are not published; what they are missed by is noted. */
  boolean holdBack(Layout layout) throws SQLException {
    if (layout == published) {
      return false;
    }
    boolean included = tables.test(layout.table());
    // A layout that is not on record cannot be noted: whatever it lacks, the sink says.
    boolean heldBack =
        !included
            || layout.id().isPresent()
                && (layout.key().isEmpty()
                    || unpublished.contains(layout.id().getAsInt())
                    || !captured.bearsItsName(layout, tables));
    if (heldBack || captured.isRenamed(layout)) {
      noteMissed(layout, !heldBack);
    }
    if (!included && !session.leftOut().isNoted(layout.table())) {
      leftOut.add(layout.table());
    }
    if (!heldBack) {
      published = layout;
    }
    return heldBack;
  }

  /**
   * A table that was renamed for a while, or exchanged names, or that had no key, misses these
   * changes under the name that subscribers know. It is checked again in each batch: whether it
   * does changes with its name.
   *
   * @param underOtherName whether they are published, under the other name
   */
  private void noteMissed(Layout layout, boolean underOtherName) throws SQLException {
    Set<Integer> met = underOtherName ? renamed : unpublished;
    if (layout.id().isEmpty() || !met.add(layout.id().getAsInt())) {
      return;
    }
    List<String> marked =
        session.leftOut().noteMissed(session.lookups(), layout.id().getAsInt(), underOtherName);
    if (!marked.isEmpty()) {
      LOG.warn(
          "Changes of table {} of queue \"{}\" are {}: it has to be copied again when its key and"
              + " name are as before",
          String.join(", ", marked),
          queue,
          underOtherName
              ? "published under the name "
                  + layout.table()
                  + ", which subscribers possibly do not know"
              : "not published, because they were captured "
                  + (layout.key().isEmpty()
                      ? "without a key"
                      : "under the name " + layout.table()));
      missed = true;
    }
  }
}
