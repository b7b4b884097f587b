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
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The catalogue of errors and the messages of the code say the same. */
class TroubleshootingTest {
  private static final Path HOME = ProjectHome.file("README.md").getParent();

  /** Files whose texts are no messages: descriptions of keys, metrics and counters, and SQL. */
  private static final Pattern NO_MESSAGES =
      Pattern.compile(
          ".*(Config|Keys|Sql|Metrics|NotApplied|Summary|(Connector|Subscriber)Grants)\\.java");

  private static final Pattern SENTENCE = Pattern.compile("^([A-Z][\\w ]|" + JavaTexts.HOLE + ")");

  private static final Pattern EVENT = Pattern.compile("\\[\\w+=" + JavaTexts.HOLE);

  private static final Pattern SQL =
      Pattern.compile(
          "(SELECT|ALTER|UPDATE|CREATE|FROM|DELETE|INSERT|WITH|SET|DROP|GRANT|REVOKE|ON) .*");

  @Test
  void everyQuotedMessageIsOneOfTheCode() throws IOException {
    List<String> texts = new ArrayList<>();
    for (String module : List.of("common", "source-connector", "sink-connector", "cli")) {
      for (Path file : sources(module)) {
        texts.addAll(JavaTexts.of(file));
      }
    }
    assertThat(
            entries().stream()
                .filter(entry -> texts.stream().noneMatch(pattern(entry).asPredicate())))
        .as("in errors.txt, and written by no class")
        .isEmpty();
  }

  @Test
  void everyMessageHasAnEntry() throws IOException {
    List<Pattern> entries = entries().stream().map(TroubleshootingTest::pattern).toList();
    List<String> missing = new ArrayList<>();
    for (String module : List.of("source-connector", "sink-connector")) {
      for (Path file : sources(module)) {
        if (NO_MESSAGES.matcher(file.toString()).matches()) {
          continue;
        }
        for (String text : JavaTexts.of(file)) {
          if (isMessage(text) && entries.stream().noneMatch(e -> e.matcher(text).find())) {
            missing.add(file.getFileName() + ": " + text.replace(JavaTexts.HOLE, "..."));
          }
        }
      }
    }
    assertThat(missing).as("messages without an entry in errors.txt").isEmpty();
  }

  /**
   * A sentence of some length; parts of sentences follow a message that has an entry. A log line of
   * the form "Did this [key=value]" reports an event and asks nothing of an operator.
   */
  private static boolean isMessage(String text) {
    return text.split(" ").length >= 12
        && !EVENT.matcher(text).find()
        && SENTENCE.matcher(text).find()
        && !SQL.matcher(text).matches();
  }

  private static List<String> entries() {
    List<String> entries =
        ErrorCatalogue.sections().values().stream()
            .flatMap(List::stream)
            .map(ErrorCatalogue.Entry::message)
            .toList();
    assertThat(entries).hasSizeGreaterThan(100).doesNotHaveDuplicates();
    return entries;
  }

  private static Pattern pattern(String entry) {
    return Pattern.compile(
        Arrays.stream(entry.split("\\.\\.\\."))
            .map(String::strip)
            .filter(part -> !part.isEmpty())
            .map(Pattern::quote)
            .collect(Collectors.joining(".*")),
        Pattern.DOTALL);
  }

  private static List<Path> sources(String module) throws IOException {
    try (Stream<Path> files = Files.walk(HOME.resolve(module).resolve("src/main/java"))) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  @Test
  void textsAreReadAsTheCompilerJoinsThem() {
    String block = "\"\"\"\n    Run: \\\n    %1$s\"\"\"";
    assertThat(
            JavaTexts.of(
                "a(\"it's \" + 'x' + \" a\" // \"no\"\n + f(\"b\", 1) + \"c\"); /* \"d\" */ g("
                    + block
                    + ", \"{} e\")"))
        .containsExactly(
            "b",
            "it's " + JavaTexts.HOLE + " a" + JavaTexts.HOLE + "c",
            "Run: " + JavaTexts.HOLE,
            JavaTexts.HOLE + " e");
  }
}
