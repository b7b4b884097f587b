/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import java.util.Locale;

/** How triggers see changes. */
public enum CaptureForm {
  /** As the table is captured already; else statement level where the table allows it. */
  AUTO,
  /** Once a statement, with all its rows: fast for many rows. */
  STATEMENT,
  /** Once a row. */
  ROW;

  /** As the SQL functions name it. */
  String sqlName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static CaptureForm ofSqlName(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
