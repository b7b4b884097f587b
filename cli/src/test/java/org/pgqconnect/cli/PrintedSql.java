/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the SQL statements that a text tells an operator to run. */
final class PrintedSql {
  /** In capitals anywhere; else where a sentence announces what to run. */
  private static final Pattern START =
      Pattern.compile(
          "\\b(?:GRANT|REVOKE|REASSIGN OWNED|DELETE FROM|INSERT INTO|DO \\$\\$|UPDATE(?= \\S+ SET"
              + " )|ALTER"
              + " (?:DATABASE|DOMAIN|FUNCTION|INDEX|ROLE|SCHEMA|SYSTEM|TABLE|TRIGGER|TYPE|\\x00)(?!"
              + " gave | wrote |,)|DROP (?:INDEX|SCHEMA|TABLE|TRIGGER)|CREATE"
              + " (?:DATABASE|INDEX|OPERATOR CLASS|ROLE|SCHEMA|TABLE|TRIGGER(?! st)|UNIQUE"
              + " INDEX))(?= )|(?<=: |; |with: )SELECT(?= )|(?<=: |with: |, or )(?:select|update(?!"
              + " on)|delete from|commit prepared|rollback prepared)(?= )");

  private static final Pattern QUOTED = Pattern.compile("\\$\\$.*?\\$\\$|'[^']*'|\"[^\"]*\"");

  private PrintedSql() {}

  /** Each ends with its semicolon, a bracket that it does not open, or where the text goes on. */
  static List<String> in(String text) {
    List<String> statements = new ArrayList<>();
    Matcher start = START.matcher(text);
    for (int at = 0; at < text.length() && start.find(at); ) {
      at = end(text, start.start());
      statements.add(text.substring(start.start(), at).strip().replace(JavaTexts.HOLE, "%"));
    }
    return statements;
  }

  private static int end(String text, int from) {
    Matcher quoted = QUOTED.matcher(text);
    int depth = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if ("$'\"".indexOf(c) >= 0 && quoted.find(i) && quoted.start() == i) {
        i = quoted.end() - 1;
        continue;
      }
      if (depth == 0 && text.startsWith(". ", i)) {
        return i;
      }
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth < 0
          || depth == 0 && text.substring(i).matches("(?s), (?:or|and|then|REASSIGN|wait) .*")) {
        return i;
      }
      if (c == ';') {
        return i + 1;
      }
    }
    return text.length();
  }
}
