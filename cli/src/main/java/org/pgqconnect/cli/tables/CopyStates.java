/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.tables;

/** What the provider keeps of a table's copy, for people. */
public final class CopyStates {
  private CopyStates() {}

  /**
   * In words.
   *
   * @param state the state in {@code pgq_connect.table_copy}, or null
   */
  public static String inWords(String state) {
    if (state == null) {
      return "no copy";
    }
    return switch (state) {
      case "requested" -> "copy requested";
      case "copying" -> "being copied";
      case "done" -> "copied";
      case "none" -> "no copy";
      default -> state;
    };
  }
}
