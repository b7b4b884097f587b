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
    assertThat(new DatabaseEncoding("UTF8", "bank").warning()).isEmpty();
    assertThat(new DatabaseEncoding("UTF8", "bank").hint()).isEmpty();
  }

  @Test
  void anyOtherIsWarnedOfWithWhatItDoesAndTheWayOut() {
    assertThat(new DatabaseEncoding("LATIN1", "Bank").warning().orElseThrow())
        .contains(
            "The subscriber's database has encoding LATIN1: a row with a character that is not in"
                + " it is rejected",
            "CREATE DATABASE \"Bank_utf8\" ENCODING 'UTF8' TEMPLATE template0;",
            "set database.dbname to Bank_utf8");
    assertThat(new DatabaseEncoding("SQL_ASCII", "bank").warning().orElseThrow())
        .contains("it counts each byte of a text as a character");
  }
}
