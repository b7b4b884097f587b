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
 * @param keepsHidden whether columns that {@code rows} does not name stay hidden where they are
 */
public record CaptureOptions(
    boolean copy,
    CaptureForm form,
    List<String> keyColumns,
    boolean oldRow,
    RowOptions rows,
    boolean keepsHidden) {

  public CaptureOptions {
    requireNonNull(form, "form");
    requireNonNull(rows, "rows");
    keyColumns = List.copyOf(keyColumns);
  }

  /** With a copy, by primary key, in the form that suits the table, without old rows. */
  public static CaptureOptions defaults() {
    return new CaptureOptions(
        true, CaptureForm.AUTO, List.of(), false, RowOptions.unchanged(), false);
  }

  /** These options for a table whose rows subscribers have already. */
  public CaptureOptions withoutCopy() {
    return new CaptureOptions(false, form, keyColumns, oldRow, rows, keepsHidden);
  }

  /** These options in another form. */
  public CaptureOptions in(CaptureForm otherForm) {
    return new CaptureOptions(copy, otherForm, keyColumns, oldRow, rows, keepsHidden);
  }

  /** These options with a key other than the primary key. */
  public CaptureOptions keyedBy(List<String> columns) {
    return new CaptureOptions(copy, form, columns, oldRow, rows, keepsHidden);
  }

  /** These options with the old row in updates. */
  public CaptureOptions withOldRow() {
    return new CaptureOptions(copy, form, keyColumns, true, rows, keepsHidden);
  }

  /** These options for some columns and rows only. */
  public CaptureOptions of(RowOptions someRows) {
    return new CaptureOptions(copy, form, keyColumns, oldRow, someRows, keepsHidden);
  }

  /**
   * These options, which show no column that is hidden: patterns name the columns that they match,
   * not those that an operator hid, or that have another name now.
   */
  public CaptureOptions keepingHidden() {
    return new CaptureOptions(copy, form, keyColumns, oldRow, rows, true);
  }
}
