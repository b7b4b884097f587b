/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/**
 * What is known of columns that a subscriber's table does not have and the provider describes.
 *
 * @param called those that the subscription has filled, each with the name that it has by now;
 *     empty when it was dropped
 * @param holdsRows the table holds rows
 * @param resync the command that has the table copied again; null when all columns are there
 */
public record LackedColumns(Map<String, String> called, boolean holdsRows, String resync) {
  static final LackedColumns NONE = new LackedColumns(Map.of(), false, null);

  public LackedColumns {
    called = Map.copyOf(requireNonNull(called, "called"));
  }
}
