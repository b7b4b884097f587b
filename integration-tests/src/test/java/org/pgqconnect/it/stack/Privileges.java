/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgqconnect.local.process.ProjectHome;
import org.pgqconnect.postgres.Identifiers;

/** The statements of docs/privileges.md, so that page and tests cannot say different things. */
final class Privileges {
  private Privileges() {}

  /**
   * A block of the page for a role, a database and a queue of a test's own.
   *
   * @param block its name there
   * @param tables quoted and separated by commas; null where the block names none
   */
  static String statements(
      String block, String role, String database, String queue, String tables) {
    Matcher found =
        Pattern.compile(
                "<!-- sql: %s -->\n```sql\n(.*?)```".formatted(Pattern.quote(block)),
                Pattern.DOTALL)
            .matcher(page());
    if (!found.find()) {
      throw new IllegalStateException("docs/privileges.md has no block '" + block + "'");
    }
    return found
        .group(1)
        .replace(" TO pgq_connect;", " TO " + Identifiers.quote(role) + ";")
        .replace("CREATE ROLE pgq_connect ", "CREATE ROLE " + Identifiers.quote(role) + " ")
        .replace(
            "ON DATABASE bank ",
            "ON DATABASE " + (database.isEmpty() ? "" : Identifiers.quote(database)) + " ")
        .replace("'bank'", "'" + queue + "'")
        .replace("accounts, transfers, ledger", String.valueOf(tables));
  }

  private static String page() {
    try {
      return Files.readString(ProjectHome.file("docs/privileges.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
