/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.pgqconnect.postgres.Secret;

/**
 * What of a table's rows is captured. Null anywhere means: as it is now; an empty value takes an
 * option back.
 *
 * @param exclude columns that are left out
 * @param only the columns that are captured, the key aside; others are left out
 * @param masks what replaces a column's values: {@code null}, {@code constant:VALUE} or {@code
 *     hash}
 * @param condition an SQL expression over the row's columns; other rows are not captured
 * @param skipUnchanged whether an update that changes nothing of what is captured is left out
 * @param salt of the hashes; null or empty for a random one
 */
public record RowOptions(
    List<String> exclude,
    List<String> only,
    Map<String, String> masks,
    String condition,
    Boolean skipUnchanged,
    Secret salt) {

  public RowOptions {
    exclude = exclude == null ? null : List.copyOf(exclude);
    only = only == null ? null : List.copyOf(only);
    masks = masks == null ? null : Map.copyOf(masks);
  }

  /** Everything as it is; of a new table, whole rows. */
  public static RowOptions unchanged() {
    return new RowOptions(null, null, null, null, null, null);
  }

  /**
   * These options but for which updates are no events: what subscribers hold does not depend on
   * that.
   */
  public RowOptions ofRows() {
    return new RowOptions(exclude, only, masks, condition, null, salt);
  }

  /** True when nothing is asked for. */
  public boolean isUnchanged() {
    return equals(unchanged());
  }

  /** {@code {column, mask, column, mask, ...}}; null when masks stay as they are. */
  List<String> maskPairs() {
    if (masks == null) {
      return null;
    }
    List<String> pairs = new ArrayList<>();
    masks.forEach(
        (column, mask) -> {
          pairs.add(column);
          pairs.add(mask);
        });
    return pairs;
  }
}
