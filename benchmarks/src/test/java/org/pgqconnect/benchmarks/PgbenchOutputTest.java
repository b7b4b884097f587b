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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PgbenchOutputTest {
  @Test
  void findsTheTransactionsASecond() {
    assertThat(
            PgbenchOutput.tps(
                "number of failed transactions: 0 (0.000%)\ninitial connection time = 9.1 ms\n"
                    + "tps = 2841.507 (without initial connection time)\n"))
        .isEqualTo(2841.507);
  }

  @Test
  void showsAnOutputThatDoesNotSay() {
    assertThatThrownBy(() -> PgbenchOutput.tps("connection refused"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("connection refused");
  }
}
