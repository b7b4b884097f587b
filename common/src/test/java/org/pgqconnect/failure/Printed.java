/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes what a message tells an operator to run out of it. */
public final class Printed {
  private Printed() {}

  /**
   * @param pattern finds the statement, as its group 1
   */
  public static String statement(String message, String pattern) {
    Matcher found = Pattern.compile(pattern, Pattern.DOTALL).matcher(message);
    assertThat(found.find()).as("%s in: %s", pattern, message).isTrue();
    return found.group(1);
  }
}
