/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.util.Optional;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.target.ApplyException;

/** The batches can only be applied together with the next ones. */
public final class NeedsMoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ApplyException refused;
  private final boolean isToCome;
  private final int tried;

  /**
   * @param tried how many batches were tried together
   * @param refused what the subscriber said
   * @param isToCome what is missing; else it is there, if at all, in batches that were not handed
   *     over yet
   */
  NeedsMoreException(String message, int tried, ApplyException refused, boolean isToCome) {
    super(message, refused);
    this.refused = refused;
    this.isToCome = isToCome;
    this.tried = tried;
  }

  /** How many batches were tried together. */
  public int tried() {
    return tried;
  }

  /** Why the task has to stop when nothing more comes; empty when it does come. */
  public Optional<StopException> inVain() {
    return isToCome ? Optional.empty() : Optional.of(refused.stop());
  }
}
