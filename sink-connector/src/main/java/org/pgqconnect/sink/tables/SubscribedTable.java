/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;

/**
 * What the subscriber knows of one table.
 *
 * @param copyId the copy that the rows came from; 0 before the first
 * @param consistentTick the tick from which on the table is consistent; 0 while that is not known
 * @param definition the table as the provider last described it, or null
 * @param note what an operator should know or do about the table, or null
 */
public record SubscribedTable(
    Stage stage, long copyId, long consistentTick, TableDefinition definition, String note) {

  /** A table that was never heard of. */
  static SubscribedTable unknown(TableId table, Remedy remedy) {
    return new SubscribedTable(
        Stage.EXPECTING_COPY,
        0,
        0,
        null,
        "Its changes are skipped until a copy arrives. To request one: " + remedy.resync(table));
  }

  /** How far a table got. */
  public enum Stage {
    /** No copy was seen: changes are skipped. */
    EXPECTING_COPY("expecting-copy"),
    /** Chunks arrive; changes are applied. */
    COPYING("copying"),
    /** All chunks are here; the table is consistent from {@code consistentTick} on. */
    CATCHING_UP("catching-up"),
    OK("ok");

    private final String label;

    Stage(String label) {
      this.label = label;
    }

    /** The name in the database and in status output. */
    public String label() {
      return label;
    }

    /**
     * @throws IllegalArgumentException when no stage has this name
     */
    public static Stage of(String label) {
      for (Stage stage : values()) {
        if (stage.label.equals(label)) {
          return stage;
        }
      }
      throw new IllegalArgumentException("Unknown table state '" + label + "'");
    }
  }

  SubscribedTable with(TableDefinition newDefinition) {
    return new SubscribedTable(stage, copyId, consistentTick, newDefinition, note);
  }

  SubscribedTable with(String newNote) {
    return new SubscribedTable(stage, copyId, consistentTick, definition, newNote);
  }

  /** What is there no longer is what the provider has: only another copy helps. */
  SubscribedTable lost(String why) {
    return new SubscribedTable(Stage.EXPECTING_COPY, copyId, consistentTick, definition, why);
  }

  /**
   * The mark that a table is held, read once more, brings no rows: it is no sooner in step. What
   * was noted while chunks came stays true: a later one does not bring those rows again.
   */
  SubscribedTable copied(Stage newStage, CopyProgress copy) {
    long from =
        copy.isMark() && stage == Stage.CATCHING_UP
            ? Math.max(consistentTick, copy.consistentTick())
            : copy.consistentTick();
    return new SubscribedTable(
        newStage, copy.copyId(), from, definition, copy.first() ? null : note);
  }

  /** Did an operator say that the subscriber holds the table as it was at this tick, or later? */
  boolean isAdoptedAt(long tick) {
    return (stage == Stage.OK || stage == Stage.CATCHING_UP)
        && copyId == 0
        && consistentTick >= tick;
  }

  /** The mark that it is held is not accepted, and means nothing when it comes again. */
  SubscribedTable refused(CopyProgress mark, String why) {
    return new SubscribedTable(Stage.EXPECTING_COPY, mark.copyId(), 0, definition, why);
  }

  /** What was noted before a subscription was moved back stays true. */
  SubscribedTable caughtUpAt(long tick) {
    return stage == Stage.CATCHING_UP && tick >= consistentTick
        ? new SubscribedTable(Stage.OK, copyId, consistentTick, definition, note)
        : this;
  }
}
