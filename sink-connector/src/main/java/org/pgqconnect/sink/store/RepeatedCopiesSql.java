/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

/** The statements of {@link RepeatedCopies}. */
final class RepeatedCopiesSql {
  static final String LOAD =
      """
      SELECT table_schema, table_name
        FROM pgq_connect.subscribed_table WHERE subscription = ? AND copying_again\
      """;

  static final String SAVE =
      """
      UPDATE pgq_connect.subscribed_table SET copying_again = ?
       WHERE subscription = ? AND table_schema = ? AND table_name = ?\
      """;

  private RepeatedCopiesSql() {}
}
