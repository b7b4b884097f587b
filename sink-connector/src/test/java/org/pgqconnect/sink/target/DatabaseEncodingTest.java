/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
            "The subscriber's database has encoding LATIN1: a row with a character that is not in"
                + " it is rejected",
            "CREATE DATABASE <name> ENCODING 'UTF8' TEMPLATE template0;");
    assertThat(new DatabaseEncoding("SQL_ASCII").warning().orElseThrow())
        .contains("it counts each byte of a text as a character");
  }
}
