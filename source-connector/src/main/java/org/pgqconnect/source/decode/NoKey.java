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
package org.pgqconnect.source.decode;

import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;

/** What to do about a table without a key. */
public final class NoKey {
  private NoKey() {}

  public static String message(TableId table) {
    return ("table %s has no primary key, so its rows cannot be told apart on subscribers. Give it one:"
            + " ALTER TABLE %s ADD PRIMARY KEY (...), or leave the table out of table.include.list")
        .formatted(table, Identifiers.quote(table));
  }

  /** What to do about a chosen key that does not tell every row. */
  public static String mayBeNull(TableId published, TableId table, String trigger, String column) {
    return ("table %s cannot be copied: column \"%s\" of the key that trigger %s names may be NULL, and a copy"
            + " would leave rows with NULL there out. Forbid it: ALTER TABLE %s ALTER COLUMN %s SET NOT NULL;"
            + " or copy the rows to the subscribers by hand, e.g. with COPY")
        .formatted(published, column, trigger, Identifiers.quote(table), Identifiers.quote(column));
  }
}
