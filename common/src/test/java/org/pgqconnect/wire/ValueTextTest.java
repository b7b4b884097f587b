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
