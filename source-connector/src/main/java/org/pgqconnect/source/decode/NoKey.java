/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;

/** What to do about a table without a key. */
public final class NoKey {
  private NoKey() {}

  public static String message(TableId table) {
    return ("table %s has no primary key, so its rows cannot be distinguished on subscribers. Give"
            + " it one: ALTER TABLE %s ADD PRIMARY KEY (...), or leave the table out of"
            + " table.include.list")
        .formatted(table, Identifiers.quote(table));
  }

  /** What to do about a chosen key that does not identify every row. */
  public static String mayBeNull(TableId published, TableId table, String trigger, String column) {
    return ("table %s cannot be copied: column \"%s\" of the key that trigger %s names may be NULL,"
            + " and a copy would leave rows with NULL there out. Forbid it: ALTER TABLE %s"
            + " ALTER COLUMN %s SET NOT NULL; or copy the rows to the subscribers by hand, e.g."
            + " with COPY")
        .formatted(published, column, trigger, Identifiers.quote(table), Identifiers.quote(column));
  }
}
