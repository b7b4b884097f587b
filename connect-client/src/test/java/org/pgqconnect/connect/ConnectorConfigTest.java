/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectorConfigTest {

  @TempDir Path directory;

  @Test
  void loadsAnOperatorsFileAndTurnsNumbersAndBooleansIntoText() throws IOException {
    Path file =
        file("{\"name\": \"shop\", \"config\": {\"tasks.max\": 1, \"ok\": true, \"a\": \"b\"}}");

    assertThat(ConnectorConfig.load(file))
        .isEqualTo(new ConnectorConfig("shop", Map.of("tasks.max", "1", "ok", "true", "a", "b")));
  }

  @Test
  void replacesAndAddsAndRemovesWithoutChangingTheOriginal() {
    ConnectorConfig original = new ConnectorConfig("shop", Map.of("a", "1", "b", "2"));

    assertThat(original.with("a", "9").with("c", "3").without("b").named("other"))
        .isEqualTo(new ConnectorConfig("other", Map.of("a", "9", "c", "3")));
    assertThat(original.config()).containsOnly(Map.entry("a", "1"), Map.entry("b", "2"));
  }

  @Test
  void saysWhatAFileMustLookLike() throws IOException {
    Path file = file("{\"connector.class\": \"X\"}");

    assertThatThrownBy(() -> ConnectorConfig.load(file))
        .hasMessage(
            file
                + " cannot be POSTed to /connectors: it must read"
                + " {\"name\": \"..\", \"config\": {..}}");
  }

  @Test
  void namesTheKeyWhoseValueIsNoText() throws IOException {
    Path file = file("{\"name\": \"shop\", \"config\": {\"tables\": [\"a\"]}}");

    assertThatThrownBy(() -> ConnectorConfig.load(file))
        .hasMessageContaining("the value of tables must be a string");
  }

  @Test
  void saysThatAFileIsNotJson() throws IOException {
    Path file = file("name=shop");

    assertThatThrownBy(() -> ConnectorConfig.load(file))
        .hasMessageStartingWith(file + " is not JSON: ");
  }

  @Test
  void saysWhichFileIsMissing() {
    Path file = directory.resolve("nope.json");

    assertThatThrownBy(() -> ConnectorConfig.load(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "There is no file "
                + file
                + ". Give a connector's configuration as POST /connectors takes it: config/ holds"
                + " examples");
    assertThatThrownBy(() -> ConnectorConfig.load(directory))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot read " + directory + ": ");
  }

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("connector.json"), content);
  }
}
