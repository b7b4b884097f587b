/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.util.Optional;

/**
 * How many complete batches go into one transaction. All that are here, at first; after a refusal
 * each separately; and where a row waits for what later batches bring, more and more of them. Pure.
 */
final class Grouping {
  /** A copy whose rows do not fit after so many batches never will. */
  private static final int MOST_TOGETHER = 128;

  /** So many batches more are waited for before it is tried again. */
  private static final int MOST_MORE = 16;

  private Long aloneUpTo;
  private int together = 1;
  private String refused;
  private boolean clearsWay;
  private boolean clearedInVain;

  /** How many batches are to be applied in one transaction; 1: as many as there are. */
  int together() {
    return together;
  }

  /** Why they must be, while more of them are waited for. */
  Optional<String> refused() {
    return Optional.ofNullable(refused);
  }

  /** Is a batch among those of which each is applied separately? */
  boolean isAlone(long tick) {
    return aloneUpTo != null && tick <= aloneUpTo;
  }

  /** So that the batches before the one at fault are applied and the error names it. */
  void applyAloneUpTo(long tick) {
    aloneUpTo = tick;
  }

  /** Rows that a repeated copy has not brought so far are deleted where they are in the way. */
  boolean clearsWay() {
    return clearsWay;
  }

  /**
   * Waiting was in vain: rows in the way are deleted when batches are tried next.
   *
   * @param copying tables are being copied
   * @return false when no copy is repeated, or that was tried already
   */
  boolean clearWay(boolean copying) {
    clearsWay = copying;
    return clearsWay && !clearedInVain;
  }

  /** The batches were applied. */
  void applied() {
    together = 1;
    refused = null;
    clearsWay = false;
    clearedInVain = false;
  }

  /** The batches were refused, for rows stand in each other's way. */
  void clashed() {
    clearedInVain = clearsWay;
  }

  /**
   * May what is missing come with further batches?
   *
   * @param foreignKey what a row refers to may come with another table's copy, however long that
   *     takes
   * @param tried how many batches were tried together
   */
  boolean mayCome(boolean foreignKey, int tried) {
    return foreignKey || tried < MOST_TOGETHER;
  }

  /**
   * Waits for more batches.
   *
   * @param why what was refused
   * @param tried how many batches were tried together
   */
  void waitForMore(String why, int tried) {
    refused = why;
    together = tried + Math.min(MOST_MORE, Math.max(1, tried / 2));
  }
}
