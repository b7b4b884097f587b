/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * How a table is captured.
 *
 * @param copy whether subscribers need the rows that are in the table now
 * @param form how triggers see changes
 * @param keyColumns what identifies a row; empty for the primary key, or for the key that was
 *     chosen when the table was added before
 * @param oldRow whether an update carries the row as it was, too; false leaves it as it is
 * @param rows what of the rows is captured
 */
public record CaptureOptions(
    boolean copy, CaptureForm form, List<String> keyColumns, boolean oldRow, RowOptions rows) {

  public CaptureOptions {
    requireNonNull(form, "form");
    requireNonNull(rows, "rows");
    keyColumns = List.copyOf(keyColumns);
  }

  /** With a copy, by primary key, in the form that suits the table, without old rows. */
  public static CaptureOptions defaults() {
    return new CaptureOptions(true, CaptureForm.AUTO, List.of(), false, RowOptions.unchanged());
  }

  /** These options for a table whose rows subscribers have already. */
  public CaptureOptions withoutCopy() {
    return new CaptureOptions(false, form, keyColumns, oldRow, rows);
  }

  /** These options in another form. */
  public CaptureOptions in(CaptureForm otherForm) {
    return new CaptureOptions(copy, otherForm, keyColumns, oldRow, rows);
  }

  /** These options with a key other than the primary key. */
  public CaptureOptions keyedBy(List<String> columns) {
    return new CaptureOptions(copy, form, columns, oldRow, rows);
  }

  /** These options with the old row in updates. */
  public CaptureOptions withOldRow() {
    return new CaptureOptions(copy, form, keyColumns, true, rows);
  }

  /** These options for some columns and rows only. */
  public CaptureOptions of(RowOptions someRows) {
    return new CaptureOptions(copy, form, keyColumns, oldRow, someRows);
  }
}
