/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.benchmarks;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What pgbench prints. */
final class PgbenchOutput {
  private static final Pattern TPS = Pattern.compile("(?m)^tps = ([0-9.]+)");

  private PgbenchOutput() {}

  /**
   * Transactions a second.
   *
   * @throws IllegalStateException when the output does not say
   */
  static double tps(String output) {
    Matcher matcher = TPS.matcher(output);
    if (!matcher.find()) {
      throw new IllegalStateException(
          "pgbench did not say how many transactions it ran: " + output);
    }
    return Double.parseDouble(matcher.group(1));
  }
}
