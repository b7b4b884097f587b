/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.testing;

import java.util.List;

/** A role for which every setting that it could have has another value than usual. */
public final class OddRole {
  public static final String NAME = "odd";

  /** Texts that have to be known; those of the kinds bool and enum are turned. */
  private static final List<String> TEXTS =
      List.of(
          "search_path = 'public', 'pg_catalog'",
          "DateStyle = 'German, DMY'",
          "TimeZone = 'Asia/Kathmandu'",
          "timezone_abbreviations = 'India'",
          "extra_float_digits = -15",
          "gin_fuzzy_search_limit = 1",
          "client_encoding = 'LATIN1'",
          "default_text_search_config = 'pg_catalog.german'");

  private OddRole() {}

  /** Creates the role with its settings, some of them only in the database. */
  public static String create(TestDatabase database) {
    database.run(
        """
        DO $$ BEGIN
          CREATE ROLE odd LOGIN PASSWORD 'odd';
        EXCEPTION WHEN duplicate_object THEN NULL;
        END $$\
        """);
    database.run("ALTER ROLE odd RESET ALL");
    database.run("GRANT CREATE ON DATABASE " + database.name + " TO odd");
    for (String text : TEXTS) {
      database.run("ALTER ROLE odd SET " + text);
    }
    List<String> turned =
        database.rows(
            """
            SELECT format('%I = %L', name, CASE vartype WHEN 'bool' THEN CASE setting WHEN 'on' THEN 'off' ELSE 'on' END
                                                        ELSE (SELECT max(v) FROM unnest(enumvals) v WHERE v <> setting) END)
              FROM pg_settings
             WHERE context IN ('user', 'superuser', 'backend', 'superuser-backend') AND vartype IN ('bool', 'enum') AND (vartype = 'bool' OR cardinality(enumvals) > 1)
               AND name !~ '^(log_|trace_|debug_print|transaction_|ignore_|allow_|session_replication_role|event_triggers|jit_debug|jit_profil)'
             ORDER BY name\
            """);
    int number = 0;
    for (String setting : turned) {
      boolean here = number++ % 2 == 0;
      database.run(
          "ALTER ROLE odd %s SET %s"
              .formatted(here ? "IN DATABASE " + database.name : "", setting));
    }
    return NAME;
  }
}
