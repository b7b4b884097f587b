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

  /** Tells a column that is SQL NULL from one that the image lacks. */
  default boolean has(String column) {
    return columns().contains(column);
  }

  /** The value, or null when it is SQL NULL or the image lacks the column. */
  Object get(String column);
}
