/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

import java.util.Set;

/** A row's values by column name, however the converter delivered them. */
public interface Row {
  /** The columns that this image carries. */
  Set<String> columns();

  /** How many columns this image carries. */
  default int size() {
    return columns().size();
  }

  /** Distinguishes a column that is SQL NULL from one that the image lacks. */
  default boolean has(String column) {
    return columns().contains(column);
  }

  /** The value, or null when it is SQL NULL or the image lacks the column. */
  Object get(String column);
}
