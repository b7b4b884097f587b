/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.source.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.types.Password;

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
    Password salt) {

  public RowOptions {
    exclude = exclude == null ? null : List.copyOf(exclude);
    only = only == null ? null : List.copyOf(only);
    masks = masks == null ? null : Map.copyOf(masks);
  }

  /** Everything as it is; of a new table, whole rows. */
  public static RowOptions unchanged() {
    return new RowOptions(null, null, null, null, null, null);
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
