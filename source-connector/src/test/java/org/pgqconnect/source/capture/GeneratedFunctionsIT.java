/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * What capture installs for typical tables, as text that a reader can study and a change of the
 * generator is reviewed by. Each file begins with what was run; the rest follows from it. To write
 * the files anew: {@code -Dpgqconnect.golden.update=true}.
 */
class GeneratedFunctionsIT {
  private static final Path FILES =
      Path.of("src/test/resources/org/pgqconnect/source/capture/golden");
  private static final boolean UPDATES = Boolean.getBoolean("pgqconnect.golden.update");
  private static final String END_OF_STATEMENTS = "-- Installed on it:\n";

  @ParameterizedTest
  @CsvSource({
    "plain, accounts",
    "composite_key, entries",
    "once_a_row, accounts",
    "partitioned, measurements",
    "masked, customers",
    "partitioned_masked, measurements",
    "filtered, customers",
    "generated_and_identity_columns, orders",
    "inheritance, cities",
    "many_columns, wide",
    "deferrable_key, positions",
    "odd_names, \"1st \"\"table\"\"\""
  })
  void installsWhatTheFileSays(String name, String table) throws IOException {
    Path file = FILES.resolve(name + ".sql");
    String expected = Files.readString(file);
    String statements = expected.substring(0, expected.indexOf(END_OF_STATEMENTS));
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("set timezone = 'UTC'");
      session.run(statements);
      String installed = statements + END_OF_STATEMENTS + withoutOids(session, installed(session));
      if (UPDATES) {
        Files.writeString(file, installed);
      }
      assertThat(installed).isEqualTo(expected);
      assertThat(
              session.rows(
                  "select form from pgq_connect.captured_table where table_oid = ?::regclass",
                  table))
          .hasSize(1);
    }
  }

  private static String installed(TestSession session) {
    List<String> triggers =
        session.rows(
            "select pg_get_triggerdef(t.oid) || ';' || case t.tgenabled when 'O' then '' else ' --"
                + " ' || t.tgenabled::text end from pg_trigger t where not t.tgisinternal and"
                + " t.tgparentid = 0 order by t.tgrelid::regclass::text, t.tgname");
    List<String> functions =
        session.rows(
            "select pg_get_functiondef(p.oid) || ';' from pg_proc p where p.oid in"
                + " (select tgfoid from pg_trigger where not tgisinternal) order by p.proname");
    return String.join("\n", triggers) + "\n\n" + String.join("\n", functions) + "\n";
  }

  /** Numbers that the server drew, by what they stand for. */
  private static String withoutOids(TestSession session, String text) {
    List<String> oids =
        session.rows(
            "select oid || '=' || 'oid_of_' || regexp_replace(relname, '\\W', '_', 'g') from"
                + " pg_class where oid >= 16384 union all select oid || '=oid_of_trigger_' ||"
                + " regexp_replace(tgname, '\\W', '_', 'g') from pg_trigger where oid >= 16384"
                + " order by 1 desc");
    String replaced = text;
    for (String oid : oids) {
      String[] pair = oid.split("=", 2);
      replaced = replaced.replaceAll("(?<![0-9.])" + pair[0] + "(?![0-9])", pair[1]);
    }
    return replaced.lines().map(String::stripTrailing).collect(Collectors.joining("\n")) + "\n";
  }
}
