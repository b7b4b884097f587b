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
package org.pgqconnect.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ProjectHomeTest {

  @Test
  void findsTheOperatorsFilesAboveTheWorkingDirectory() {
    assertThat(ProjectHome.file("config/worker.properties")).isRegularFile();
  }

  @Test
  void saysHowToTellWhereTheFilesAre() {
    assertThatThrownBy(() -> ProjectHome.file("config/nothing"))
        .hasMessageStartingWith("config/nothing is in none of [")
        .hasMessageEndingWith(
            "set PGQ_CONNECT_HOME (environment or -D) to the directory that has it");
  }
}
