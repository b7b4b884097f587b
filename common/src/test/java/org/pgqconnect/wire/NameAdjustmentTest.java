/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameAdjustmentTest {
  @ParameterizedTest
  @CsvSource({
    "my-col, my_col, my_u002dcol",
    "my_col, my_col, my_u005fcol",
    "1st, _1st, _u0031st",
    "a1, a1, a1",
    "ü, _, _u00fc",
    "_u002d, _u002d, _u005fu002d",
    "' ', _, _u0020"
  })
  void adjusts(String name, String avro, String unicode) {
    assertThat(NameAdjustment.NONE.adjust(name)).isEqualTo(name);
    assertThat(NameAdjustment.AVRO.adjust(name)).isEqualTo(avro);
    assertThat(NameAdjustment.AVRO_UNICODE.adjust(name)).isEqualTo(unicode);
  }

  @Test
  void keepsTheDotsOfFullNames() {
    assertThat(NameAdjustment.AVRO.adjustFull("av-p.public.1t")).isEqualTo("av_p.public._1t");
    assertThat(NameAdjustment.NONE.adjustFull("av-p.public.1t")).isEqualTo("av-p.public.1t");
  }

  @Test
  void whatUnicodeWritesIsLegalAndIsReadBack() {
    Random random = new Random(20);
    String some = "_u09af-\u00fc 1AZ.\ud83d\ude00\"";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder name = new StringBuilder();
      for (int n = random.nextInt(12); n >= 0; n--) {
        name.append(some.charAt(random.nextInt(some.length())));
      }
      String adjusted = NameAdjustment.AVRO_UNICODE.adjust(name.toString());
      assertThat(NameAdjustment.isLegal(adjusted)).as(adjusted).isTrue();
      assertThat(NameAdjustment.readBack(adjusted)).isEqualTo(name.toString());
      assertThat(NameAdjustment.isLegal(NameAdjustment.AVRO.adjust(name.toString()))).isTrue();
    }
  }
}
