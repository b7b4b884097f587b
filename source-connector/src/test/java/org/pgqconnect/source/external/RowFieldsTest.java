/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.failure.StopException;

class RowFieldsTest {
  @Test
  void aNameWithoutEqualsSignIsNull() {
    assertThat(RowFields.urlEncoded("a=1&b&c=&d"))
        .isEqualTo(
            new RowFields(Arrays.asList("a", "b", "c", "d"), Arrays.asList("1", null, "", null)));
    assertThat(RowFields.urlEncoded("").names()).isEmpty();
    assertThat(RowFields.urlEncoded("a=x=y").texts()).containsExactly("x=y");
  }

  @Test
  void escapesAreBytesOfUtf8() {
    RowFields fields = RowFields.urlEncoded("k%2c2=x+y%2B%c3%bc&j=%f0%9f%98%80ü");
    assertThat(fields.names()).containsExactly("k,2", "j");
    assertThat(fields.texts()).containsExactly("x y+ü", "😀ü");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=%", "a=%4", "a=%4g", "%zz=1"})
  void aBrokenEscapeIsAnError(String data) {
    assertThatThrownBy(() -> RowFields.urlEncoded(data))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("not URL-encoded");
  }

  @Test
  void jsonNumbersKeepTheirText() {
    assertThat(
            RowFields.json("{\"a\": 9223372036854775807, \"b\": true, \"c\": null, \"d\": \"\"}"))
        .isEqualTo(
            new RowFields(
                Arrays.asList("a", "b", "c", "d"),
                Arrays.asList("9223372036854775807", "true", null, "")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[1]", "{\"a\": {}}", "{\"a\": 1", "null"})
  void anythingElseThanAFlatObjectIsAnError(String data) {
    assertThatThrownBy(() -> RowFields.json(data)).isInstanceOf(StopException.class);
  }
}
