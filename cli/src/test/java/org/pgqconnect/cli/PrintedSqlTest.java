/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every SQL statement that a text of any module prints stands in {@code printed-sql.txt}: under the
 * test that provokes the failure and runs what is printed, or under the reason why none does.
 */
class PrintedSqlTest {
  private static final Path HOME = ProjectHome.file("README.md").getParent();

  private static final List<String> MODULES =
      List.of("common", "source-connector", "sink-connector", "connect-client", "cli");

  private static final String LIST = "cli/src/test/resources/org/pgqconnect/cli/printed-sql.txt";

  @Test
  void everyStatementIsListed() throws IOException {
    assertThat(printed())
        .hasSizeGreaterThan(150)
        .as("what %s lists; each with the test that runs it", LIST)
        .containsExactlyInAnyOrderElementsOf(
            lines().filter(line -> !line.isEmpty() && !line.startsWith("#")).toList());
  }

  @Test
  void everyTestIsThere() throws IOException {
    List<String> missing = new ArrayList<>();
    for (String proof : lines().filter(line -> line.startsWith("# ")).toList()) {
      if (!proof.startsWith("# - ") && !isThere(proof.substring(2).split("[ #]"))) {
        missing.add(proof);
      }
    }
    assertThat(missing).isEmpty();
  }

  /**
   * @param proof module, class and method
   */
  private static boolean isThere(String[] proof) throws IOException {
    for (Path file : files(HOME.resolve(proof[0]).resolve("src/test"), proof[1] + ".java")) {
      String source = Files.readString(file);
      if (source.contains("void " + proof[2] + "(") && source.contains(".run(")) {
        return true;
      }
    }
    return false;
  }

  private static Stream<String> lines() throws IOException {
    return Files.readAllLines(HOME.resolve(LIST)).stream();
  }

  private static Set<String> printed() throws IOException {
    Set<String> printed = new TreeSet<>();
    for (String module : MODULES) {
      Path main = HOME.resolve(module).resolve("src/main");
      for (Path file : files(main, ".java")) {
        // What the code runs itself.
        if (!file.toString().endsWith("Sql.java") && !file.endsWith("PinnedSettings.java")) {
          add(file, JavaTexts.of(file), printed);
        }
      }
      for (Path file : files(main, ".sql")) {
        add(file, SqlTexts.of(file), printed);
      }
    }
    return printed;
  }

  private static void add(Path file, List<String> texts, Set<String> printed) {
    for (String text : texts) {
      for (String statement : PrintedSql.in(text)) {
        printed.add(file.getFileName() + ": " + statement);
      }
    }
  }

  private static List<Path> files(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }

  @Test
  void aStatementEndsWhereItsSentenceContinues() {
    assertThat(
            PrintedSql.in(
                "Rows (as of ALTER TABLE, for one) differ. Run: ALTER TABLE "
                    + JavaTexts.HOLE
                    + " RENAME TO 'a; b'; DROP TRIGGER x ON t, then restart. To resume: select"
                    + " f('a, or b'), or (GRANT a TO b) select"))
        .containsExactly(
            "ALTER TABLE % RENAME TO 'a; b';",
            "DROP TRIGGER x ON t", "select f('a, or b')", "GRANT a TO b");
  }
}
