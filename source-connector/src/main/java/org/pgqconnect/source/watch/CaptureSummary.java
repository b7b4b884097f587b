/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import java.util.List;

/**
 * What a check of the triggers of all published tables found.
 *
 * @param captured tables whose changes are captured
 * @param losing tables whose changes get lost
 * @param problems one sentence for each table with which something is wrong
 */
public record CaptureSummary(int captured, int losing, List<String> problems) {
  public CaptureSummary {
    problems = List.copyOf(problems);
  }
}
