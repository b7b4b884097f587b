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
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DatabaseEncodingTest {
  @Test
  void oneThatHasAllCharactersIsNotWarnedOf() {
    assertThat(new DatabaseEncoding("UTF8").warning()).isEmpty();
    assertThat(new DatabaseEncoding("UTF8").hint()).isEmpty();
  }

  @Test
  void anyOtherIsWarnedOfWithWhatItDoesAndTheWayOut() {
    assertThat(new DatabaseEncoding("LATIN1").warning().orElseThrow())
        .contains(
            "The subscriber's database has encoding LATIN1: a row with a character that is not in it is refused",
            "CREATE DATABASE <name> ENCODING 'UTF8' TEMPLATE template0;");
    assertThat(new DatabaseEncoding("SQL_ASCII").warning().orElseThrow())
        .contains("it takes each byte of a text for a character");
  }
}
