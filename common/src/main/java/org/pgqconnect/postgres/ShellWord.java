/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.util.regex.Pattern;

/** Words of the commands that messages print. */
public final class ShellWord {
  private static final Pattern NO_QUOTES = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

  private ShellWord() {}

  /** A word as a POSIX shell reads it: in quotes where it needs them. */
  public static String of(String word) {
    return NO_QUOTES.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
