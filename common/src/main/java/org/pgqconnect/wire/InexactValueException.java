/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

/** A value has no exact form in the types that its column travels with. */
public final class InexactValueException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String column;
  private final String remedy;

  /**
   * @param what the value's kind, e.g. {@code NaN}, and why there is no form for it
   * @param remedy the setting with which there is one, or null when there is none but values=text
   */
  InexactValueException(String what, String remedy) {
    this(what, remedy, null);
  }

  private InexactValueException(String what, String remedy, String column) {
    super(what);
    this.remedy = remedy;
    this.column = column;
  }

  InexactValueException of(String columnName) {
    return new InexactValueException(getMessage(), remedy, columnName);
  }

  /** The column, or null while it is not known. */
  public String column() {
    return column;
  }

  /** The settings of the source connector of which any gives the value a form. */
  public String remedy() {
    return remedy == null ? "values=text" : remedy + " or values=text";
  }
}
