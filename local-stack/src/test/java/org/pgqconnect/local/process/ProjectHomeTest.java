/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

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
