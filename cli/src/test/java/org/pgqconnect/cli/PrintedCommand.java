/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * A command that a text prints.
 *
 * @param fromHere whether it begins with {@code ./}, which no name of the product does
 * @param words the words after {@code pgq-connect}, as a shell passes them
 */
record PrintedCommand(boolean fromHere, List<String> words) {
  private static final Pattern START = Pattern.compile("(?<![\\w/.])(?:\\./)?pgq-connect(?= )");

  private static final Pattern PLACEHOLDER = Pattern.compile("<[^<>]+>|\\{[^{}]*}");

  /** What a placeholder stands for after these options; elsewhere a table or any other name. */
  private static final Map<String, String> TYPICAL =
      Map.of("--tick", "7", "--at-tick", "7", "--port", "5432", "--form", "row");

  /** Options for which the command line asks at the console while it parses. */
  private static final Set<String> ASKING = Set.of("--password", "--mask-salt");

  private static final String ANY = "public.t";

  /** The commands in a text: each ends at a bracket, or with a word that ends with a mark. */
  static List<PrintedCommand> in(String text) {
    String filled = PLACEHOLDER.matcher(text).replaceAll(JavaTexts.HOLE);
    List<PrintedCommand> commands = new ArrayList<>();
    Matcher start = START.matcher(filled);
    while (start.find()) {
      boolean fromHere = start.group().startsWith(".");
      List<String> words = fill(shellWords(filled.substring(start.end())));
      if (fromHere || !words.isEmpty()) {
        commands.add(new PrintedCommand(fromHere, words));
      }
    }
    return commands;
  }

  /** The subcommand, or the word that follows the product's name. */
  String firstWord() {
    return words.isEmpty() ? "" : words.get(0);
  }

  /**
   * Has the command line parse it.
   *
   * @return the subcommand with its options
   * @throws AssertionError if the command line has no such subcommand or option, or misses one
   */
  ParseResult parse() {
    ParseResult parsed;
    try {
      parsed =
          PgqConnect.commandLine()
              .parseArgs(
                  words.stream().filter(word -> !ASKING.contains(word)).toArray(String[]::new));
    } catch (ParameterException e) {
      throw new AssertionError(this + ": " + e.getMessage(), e);
    }
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    if (parsed.commandSpec().parent() == null && !parsed.isUsageHelpRequested()) {
      throw new AssertionError(this + ": no subcommand");
    }
    for (String asking : ASKING) {
      if (words.contains(asking) && !parsed.commandSpec().optionsMap().containsKey(asking)) {
        throw new AssertionError(this + ": no option " + asking);
      }
    }
    return parsed;
  }

  @Override
  public String toString() {
    return "pgq-connect " + String.join(" ", words);
  }

  private static List<String> fill(List<String> words) {
    List<String> filled = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      String value = i == 0 ? ANY : TYPICAL.getOrDefault(words.get(i - 1), ANY);
      filled.add(words.get(i).replace(JavaTexts.HOLE, value));
    }
    return filled;
  }

  /**
   * Splits as a POSIX shell does what has no variables. The command is a part of a sentence, whose
   * marks end it.
   */
  private static List<String> shellWords(String command) {
    List<String> words = new ArrayList<>();
    StringBuilder word = null;
    char quote = 0;
    for (int i = 0; i < command.length(); i++) {
      char c = command.charAt(i);
      if (quote == 0 && c == ' ') {
        word = end(word, words);
        continue;
      }
      if (quote == 0 && endsCommand(command, i, word != null)) {
        break;
      }
      word = word == null ? new StringBuilder() : word;
      if (quote == 0 ? c == '\'' || c == '"' : c == quote) {
        quote = quote == 0 ? c : 0;
      } else if (quote == 0 && c == '\\') {
        word.append(command.charAt(++i));
      } else {
        word.append(c);
      }
    }
    end(word, words);
    return words;
  }

  private static StringBuilder end(StringBuilder word, List<String> words) {
    if (word != null) {
      words.add(word.toString());
    }
    return null;
  }

  private static boolean endsCommand(String command, int at, boolean inWord) {
    char c = command.charAt(at);
    boolean last = at + 1 == command.length() || command.charAt(at + 1) == ' ';
    return "();".indexOf(c) >= 0 || c == '"' && inWord || last && ",.:".indexOf(c) >= 0;
  }
}
