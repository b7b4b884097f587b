/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ValueTextTest {
  @Test
  void binaryIsHexWhateverFormItArrivesIn() {
    byte[] bytes = {0, (byte) 0xff};
    assertThat(ValueText.of(bytes, true)).isEqualTo("\\x00ff");
    assertThat(ValueText.of(ByteBuffer.wrap(bytes), true)).isEqualTo("\\x00ff");
    assertThat(ValueText.of("AP8=", true)).isEqualTo("\\x00ff");
    assertThat(ValueText.of("\\x00ff", true)).isEqualTo("\\x00ff");
    assertThat(ValueText.of("AP8=", false)).isEqualTo("AP8=");
  }
}
