/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.pgqconnect.postgres.SqlScript;

/** The catalogue of errors, {@code errors.txt}, from which docs/troubleshooting.md is written. */
final class ErrorCatalogue {
  private static final Pattern SECTION = Pattern.compile("\\[(.+)]");
  private static final Pattern ENTRY =
      Pattern.compile("message: (.+)\ncause: (.+)(?:\nremedy: (.+))?");

  private ErrorCatalogue() {}

  /**
   * An error.
   *
   * @param message what a user can search for; {@code ...} stands for what differs
   * @param remedy null where there is none but to undo the cause
   */
  record Entry(String message, String cause, String remedy) {
    String row() {
      return remedy == null
          ? "| `%s` | %s |\n".formatted(message, cause)
          : "| `%s` | %s | %s |\n".formatted(message, cause, remedy);
    }
  }

  /**
   * The entries by the section of the page, in their order.
   *
   * @throws IllegalArgumentException when a part is neither a section nor an entry
   */
  static Map<String, List<Entry>> sections() {
    Map<String, List<Entry>> sections = new LinkedHashMap<>();
    List<Entry> section = null;
    for (String part : SqlScript.text(ErrorCatalogue.class, "errors.txt").strip().split("\n\n")) {
      Matcher heading = SECTION.matcher(part);
      Matcher entry = ENTRY.matcher(part);
      if (heading.matches()) {
        section = sections.computeIfAbsent(heading.group(1), s -> new ArrayList<>());
      } else if (section != null && entry.matches()) {
        section.add(new Entry(entry.group(1), entry.group(2), entry.group(3)));
      } else if (!part.startsWith("#")) {
        throw new IllegalArgumentException("errors.txt: " + part);
      }
    }
    return sections;
  }

  /**
   * The page with its tables as they have to be.
   *
   * @throws IllegalArgumentException when it lacks the table of a section
   */
  static String update(String page) {
    String updated = page;
    for (Map.Entry<String, List<Entry>> section : sections().entrySet()) {
      Matcher table =
          Pattern.compile(
                  "(?m)^## %s$(?:\n(?!## |\\|).*)*\n(?<table>(?:\\|.*\n)+)"
                      .formatted(Pattern.quote(section.getKey())))
              .matcher(updated);
      if (!table.find()) {
        throw new IllegalArgumentException("No table in section " + section.getKey());
      }
      updated =
          updated.substring(0, table.start("table"))
              + table(section.getValue())
              + updated.substring(table.end("table"));
    }
    return updated;
  }

  private static String table(List<Entry> entries) {
    String heading =
        entries.stream().allMatch(entry -> entry.remedy() == null)
            ? "| message | cause |\n|---|---|\n"
            : "| message | cause | remedy |\n|---|---|---|\n";
    return entries.stream().map(Entry::row).collect(Collectors.joining("", heading, ""));
  }
}
