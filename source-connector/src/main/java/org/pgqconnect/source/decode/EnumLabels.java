/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgqconnect.postgres.Session;

/** The labels of the provider's enums. */
public final class EnumLabels {
  private static final String SELECT =
      """
      select n.nspname || '.' || t.typname, e.enumlabel
        from pg_catalog.pg_enum e
        join pg_catalog.pg_type t on t.oid = e.enumtypid
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace
       order by e.enumtypid, e.enumsortorder\
      """;

  private EnumLabels() {}

  /** By the types' names as {@link Layout.Column#base} has them, in the enum's order. */
  public static Map<String, List<String>> read(Session session) throws SQLException {
    Map<String, List<String>> labels = new HashMap<>();
    session.each(
        SELECT,
        row ->
            labels
                .computeIfAbsent(row.getString(1), type -> new ArrayList<>())
                .add(row.getString(2)));
    return labels;
  }
}
