/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

/** What happened to a row; the codes are Debezium's. */
public enum Operation {
  CREATE("c"),
  UPDATE("u"),
  DELETE("d"),
  /** A row of a table's copy. */
  READ("r"),
  TRUNCATE("t");

  private final String code;

  Operation(String code) {
    this.code = code;
  }

  /** The one-letter code on the wire. */
  public String code() {
    return code;
  }

  /**
   * @throws IllegalArgumentException when no operation has this code
   */
  public static Operation of(String code) {
    switch (code) {
      case "c":
        return CREATE;
      case "u":
        return UPDATE;
      case "d":
        return DELETE;
      case "r":
        return READ;
      case "t":
        return TRUNCATE;
      default:
        throw new IllegalArgumentException(
            "Unknown operation '" + code + "': expected one of c, u, d, r, t");
    }
  }
}
