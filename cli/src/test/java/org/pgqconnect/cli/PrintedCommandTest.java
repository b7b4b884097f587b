/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * The command line takes every command that a text of any module prints, so that one of its options
 * or subcommands cannot get another name alone.
 */
class PrintedCommandTest {
  private static final Path HOME = ProjectHome.file("README.md").getParent();

  /** Modules whose texts operators read; the demo and the benchmarks have commands of their own. */
  private static final List<String> MODULES =
      List.of("common", "source-connector", "sink-connector", "connect-client", "cli");

  /** What follows the product's name in sentences, names of sessions, and names in SQL. */
  private static final Set<String> NO_SUBCOMMAND =
      Set.of(
          ("brings capture created is needs put there trigger writes"
                  + " command decoder provisioning sink source ticker validation watch"
                  + " computed expected first kind missing own part row table % public.t")
              .split(" "));

  /** Options of commands of Kafka, Londiste and PostgreSQL. */
  private static final Set<String> OF_OTHER_PROGRAMS =
      Set.of(
          "--add-config",
          "--alter",
          "--bootstrap-server",
          "--entity-name",
          "--entity-type",
          "--schema-only",
          "--trigger-flags");

  /** What an operator has to put in. */
  private static final Pattern PLACEHOLDER =
      Pattern.compile("(?<!\\?)<(?=[A-Za-z.])[^<>=%]{1,20}>");

  /** Names of topics by their form, and requests that {@code Remedy.ofConnector} completes. */
  private static final Pattern NO_PLACEHOLDER =
      Pattern.compile(JavaTexts.HOLE + "\\.<schema>\\.<table>|(?<= )/connectors/<name>/");

  /** Descriptions of keys, which give the form of values. */
  private static final Pattern DESCRIPTIONS = Pattern.compile(".*(Keys|Config)\\.java");

  /** Placeholders for what is not known where the text is written, and why not. */
  private static final Map<String, String> UNKNOWN =
      Map.ofEntries(
          Map.entry("BatchId.java <tick id>", "the form of an id, no command"),
          Map.entry("BatchId.java <attempt>", "the form of an id, no command"),
          Map.entry("RecordLimit.java <broker>", "a connector cannot see the worker's file"),
          Map.entry("NotUtf8.java <table>", "the printed query finds it"),
          Map.entry("NotUtf8.java <column>", "the printed query finds it"),
          Map.entry("TableChecks.java <root's .ini>", "a file on another machine"),
          Map.entry("TableChecks.java <table>", "no table matches"),
          Map.entry("LondisteLeaf.java <.ini>", "a file on another machine"),
          Map.entry("ExternalTriggerCheck.java <ini file>", "a file on another machine"),
          Map.entry("CopyRequests.java <schema>", "no table is there"),
          Map.entry("CopyRequests.java <table>", "no table is there"),
          Map.entry("ProviderUninstallCommand.java <queue>", "the command was given no queue"),
          Map.entry("check_topic.sql <prefix>", "a form of names; the server has no topic.prefix"),
          Map.entry("TableCheck.java <key columns>", "rows came without a definition of the table"),
          Map.entry("TableCheck.java <type>", "the record does not describe the column"),
          Map.entry("Failure.java <role>", "the subscriber does not answer any more"),
          Map.entry("Failure.java <name>", "the server did not name the constraint"));

  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");

  /** A text, and where it is. */
  private record Text(Path file, String text) {}

  @Test
  void everyCommandInATextOfJavaIsTaken() throws IOException {
    assertThat(commands(texts("java"))).hasSizeGreaterThan(30);
  }

  @Test
  void everyCommandInATextOfSqlIsTaken() throws IOException {
    assertThat(commands(texts("sql"))).hasSizeGreaterThan(15);
  }

  private static List<PrintedCommand> commands(List<Text> texts) {
    List<PrintedCommand> commands = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    for (Text text : texts) {
      for (PrintedCommand command : PrintedCommand.in(text.text())) {
        if (command.fromHere() || !NO_SUBCOMMAND.contains(command.firstWord())) {
          commands.add(command);
          try {
            command.parse();
          } catch (AssertionError e) {
            wrong.add(text.file() + ": " + e.getMessage() + ", in: " + text.text());
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    return commands;
  }

  @Test
  void everyOptionThatATextNamesIsThere() throws IOException {
    Set<String> options = new TreeSet<>();
    collect(PgqConnect.commandLine(), options);
    options.addAll(OF_OTHER_PROGRAMS);
    List<String> unknown = new ArrayList<>();
    for (Text text : Stream.of(texts("java"), texts("sql")).flatMap(List::stream).toList()) {
      OPTION
          .matcher(text.text())
          .results()
          .filter(found -> !options.contains(found.group()))
          .forEach(
              found -> unknown.add(text.file() + ": " + found.group() + ", in: " + text.text()));
    }
    assertThat(unknown).isEmpty();
  }

  @Test
  void whatIsKnownIsFilledIn() throws IOException {
    Set<String> found = new TreeSet<>();
    for (Text text : Stream.of(texts("java"), texts("sql")).flatMap(List::stream).toList()) {
      if (!DESCRIPTIONS.matcher(text.file().toString()).matches()) {
        placeholders(text.text())
            .forEach(name -> found.add(text.file().getFileName() + " " + name));
      }
    }
    assertThat(found)
        .as("fill it in, or say in UNKNOWN why that cannot be done")
        .containsExactlyInAnyOrderElementsOf(UNKNOWN.keySet());
  }

  private static List<String> placeholders(String text) {
    return PLACEHOLDER
        .matcher(NO_PLACEHOLDER.matcher(text).replaceAll(""))
        .results()
        .map(MatchResult::group)
        .toList();
  }

  @Test
  void placeholdersAreFound() {
    assertThat(placeholders("GRANT x TO <role>; PUT /connectors/<name>/stop; (?<name>a) 1 < b"))
        .containsExactly("<role>");
    assertThat(placeholders("topics " + JavaTexts.HOLE + ".<schema>.<table>; copy <table>"))
        .containsExactly("<table>");
  }

  private static void collect(CommandLine command, Set<String> options) {
    options.addAll(command.getCommandSpec().optionsMap().keySet());
    command.getSubcommands().values().forEach(sub -> collect(sub, options));
  }

  private static List<Text> texts(String language) throws IOException {
    List<Text> texts = new ArrayList<>();
    for (String module : MODULES) {
      for (Path file : sources(HOME.resolve(module).resolve("src/main"), "." + language)) {
        if (file.endsWith("Remedy.java")) {
          continue; // RemedyTest runs it.
        }
        String begun = "";
        for (String text : language.equals("java") ? JavaTexts.of(file) : SqlTexts.of(file)) {
          String whole = begun + text;
          // An example in a help text continues in the next line.
          boolean continues = whole.endsWith(" \\");
          begun = continues ? whole.substring(0, whole.length() - 1) : "";
          if (!continues) {
            texts.add(new Text(HOME.relativize(file), whole));
          }
        }
      }
    }
    return texts;
  }

  private static List<Path> sources(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  @Test
  void aCommandThatIsNoneFails() {
    for (String text :
        List.of(
            "Copy it again: ./pgq-connect provider resink %s",
            "Run: ./pgq-connect provider resync --everything; then go on",
            "Run pgq-connect provider resync --queue",
            "./pgq-connect")) {
      assertThatThrownBy(() -> PrintedCommand.in(text + " ").forEach(PrintedCommand::parse))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("pgq-connect");
    }
  }

  @Test
  void aCommandEndsWhereItsSentenceContinues() {
    assertThat(
            PrintedCommand.in(
                "Run ./pgq-connect provider resync --queue 'a b' <table>, or (pgq-connect status);"
                    + " wait"))
        .extracting(PrintedCommand::words)
        .containsExactly(
            List.of("provider", "resync", "--queue", "a b", "public.t"), List.of("status"));
  }

  @Test
  void textsOfSqlAreReadAsTheServerJoinsThem() {
    assertThat(
            SqlTexts.of(
                """
                -- it's no text: 'a'
                raise exception 'It''s "%"', "no'thing" using hint = format('Run %1$s'
                    ' %s', E'\\'b') || 'c';
                """))
        .containsExactly(
            "It's \"" + JavaTexts.HOLE + "\"",
            "Run " + JavaTexts.HOLE + " " + JavaTexts.HOLE,
            "'b",
            "c");
  }
}
