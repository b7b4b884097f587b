/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.SqlState;

/**
 * The subscriber did not take what was written; the message says why, and what an operator can do.
 * The stage that applies batches may write them another way, as with later ones or with tables
 * looked at anew. Where that is of no use it becomes a {@link #stop}.
 */
public final class ApplyException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Clash clash;
  private final boolean endsWithCopy;

  public ApplyException(String message) {
    this(message, (Clash) null);
  }

  /**
   * @param clash the constraint that refused a row, when it may be one that other rows of the batch
   *     are in the way of
   */
  public ApplyException(String message, Clash clash) {
    this(message, clash, false);
  }

  private ApplyException(String message, Clash clash, boolean endsWithCopy) {
    super(message);
    this.clash = clash;
    this.endsWithCopy = endsWithCopy;
  }

  /**
   * What is refused until a table is copied that is in step. Whether its copy was requested shows
   * in later batches only, so that a sink that stopped would never come to it.
   */
  public static ApplyException untilCopied(String message, Clash clash) {
    return new ApplyException(message, clash, true);
  }

  /** The same where nothing else is left to be tried. */
  public StopException stop() {
    StopException stop = new StopException(getMessage(), getCause());
    stop.setStackTrace(getStackTrace());
    for (Throwable suppressed : getSuppressed()) {
      stop.addSuppressed(suppressed);
    }
    return stop;
  }

  /** Rows stand in each other's way, so they may fit when they are written at once. */
  public boolean isClash() {
    return clash != null;
  }

  /** A row refers to one that is not here. */
  public boolean isForeignKey() {
    return clash != null && SqlState.isForeignKey(clash.state());
  }

  /**
   * The table whose foreign key refused a row, of it or of one that it refers to; null: unknown.
   */
  public TableId referring() {
    return isForeignKey() ? clash.table() : null;
  }

  /** The copy of a table that is in step, if there is one, lets it be applied. */
  public boolean endsWithCopy() {
    return endsWithCopy;
  }

  public Clash clash() {
    return clash;
  }
}
