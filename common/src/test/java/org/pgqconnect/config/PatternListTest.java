/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatternListTest {
  private static List<String> parse(String value) {
    return PatternList.parse("key", value).stream().map(Pattern::pattern).toList();
  }

  @Test
  void commasSeparateExpressions() {
    assertThat(parse("public\\.a, public\\.b ,, shop\\..*,"))
        .containsExactly("public\\.a", "public\\.b", "shop\\..*");
    assertThat(parse(" ")).isEmpty();
    assertThat(parse(null)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "public\\.orders_\\d{1,3}",
        "public\\.[a,b]",
        "public\\.[],]x",
        "public\\.[^],]x",
        "public\\.[({,]x",
        "public\\.[a&&[,b]]",
        "public\\.(a|b,c)",
        "public\\.((a,b)|c{2,})",
        "public\\.a\\,b",
        "public\\.\\[a\\,b\\{",
        "\\Qpublic.a,b(\\E",
        "public\\.a}\\,"
      })
  void aCommaMayBelongToAnExpression(String regex) {
    assertThat(parse(regex)).containsExactly(regex);
    assertThat(parse("x," + regex + ", y")).containsExactly("x", regex, "y");
  }

  @Test
  void anEscapedCommaIsAComma() {
    assertThat(PatternList.parse("key", "public\\.a\\,b").get(0).matcher("public.a,b").matches())
        .isTrue();
  }

  @Test
  void upperAndLowerCaseAreToldApart() {
    assertThat(PatternList.parse("key", "public\\.t").get(0).matcher("public.T").matches())
        .isFalse();
    assertThat(PatternList.parse("key", "(?i)public\\.t").get(0).matcher("public.T").matches())
        .isTrue();
  }

  @Test
  void anErrorNamesTheExpressionAndThePlace() {
    assertThatThrownBy(() -> parse("public\\.a, public\\.b(, public\\.c"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("for configuration key")
        .hasMessageContaining("\"public\\.b(, public\\.c\", expression 2 of 2, is not a regular")
        .hasMessageContaining("Unclosed group at character 33 of the value")
        .hasMessageContaining("A comma separates expressions");
    assertThatThrownBy(() -> parse("a,*b")).hasMessageContaining("at character 3 of the value");
    assertThatThrownBy(() -> parse(","))
        .hasMessageContaining("it holds commas but no regular expression");
  }
}
