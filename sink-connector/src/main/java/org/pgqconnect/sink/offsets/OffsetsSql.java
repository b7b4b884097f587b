/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.offsets;

/** The statements of {@link StoredOffsets}. */
final class OffsetsSql {
  static final String ALTER_OFFSETS =
      """
      UPDATE pgq_connect.subscription SET offsets = (offsets - ?::text[]) || ?::jsonb, updated_at = now()
       WHERE name = ?\
      """;

  static final String CLEAR_OFFSETS =
      """
      UPDATE pgq_connect.subscription SET offsets = '{}', topics = '{}', updated_at = now()
       WHERE name = ?\
      """;

  private OffsetsSql() {}
}
