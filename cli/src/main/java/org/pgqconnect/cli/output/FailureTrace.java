/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a task's stack trace says to an operator: the innermost message of ours, which names the
 * cause and the remedy, and what lies under it when it adds something. Where no message is ours,
 * every cause is shown.
 */
public final class FailureTrace {
  private static final Pattern OUR_FRAME =
      Pattern.compile("\\s+at (?:[\\w.@-]*/+)*org\\.pgqconnect\\..*");
  private static final Pattern FRAME =
      Pattern.compile("\\s+(?:at |\\.\\.\\. \\d+ |Suppressed: ).*");
  private static final String CAUSED_BY = "Caused by: ";
  private static final Pattern CLASS = Pattern.compile("^[\\w.$]+(?:Exception|Error)(?:: |$)");

  private FailureTrace() {}

  private record Cause(List<String> message, boolean ours) {
    String text() {
      return CLASS.matcher(String.join("\n", message)).replaceFirst("").strip();
    }

    List<String> lines() {
      return text().isEmpty() ? message : text().lines().toList();
    }
  }

  /** The lines to show. */
  public static List<String> reason(String trace) {
    List<Cause> causes = causes(trace);
    int ours = -1;
    for (int i = 0; i < causes.size(); i++) {
      if (causes.get(i).ours() && !causes.get(i).text().isEmpty()) {
        ours = i;
      }
    }
    List<String> lines = new ArrayList<>();
    String said = "";
    for (int i = Math.max(ours, 0); i < causes.size(); i++) {
      Cause cause = causes.get(i);
      if (!cause.text().isEmpty() && !said.contains(cause.text())
          || lines.isEmpty() && i == causes.size() - 1) {
        String prefix = lines.isEmpty() ? "" : "because: ";
        for (String line : cause.lines()) {
          lines.add(prefix + line);
          prefix = "";
        }
        said += cause.text();
      }
    }
    return lines;
  }

  private static List<Cause> causes(String trace) {
    List<Cause> causes = new ArrayList<>();
    List<String> message = new ArrayList<>();
    boolean framesBegan = false;
    boolean ours = false;
    for (String line : trace.lines().toList()) {
      if (FRAME.matcher(line).matches()) {
        // The first frame shows what threw it.
        ours = framesBegan ? ours : OUR_FRAME.matcher(line).matches();
        framesBegan = true;
      } else if (line.startsWith(CAUSED_BY)) {
        causes.add(new Cause(List.copyOf(message), ours));
        message.clear();
        message.add(line.substring(CAUSED_BY.length()));
        framesBegan = false;
        ours = false;
      } else if (!framesBegan) {
        message.add(line);
      }
    }
    causes.add(new Cause(List.copyOf(message), ours));
    return causes;
  }
}
