/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.postgres.SqlScript;

class SqlScriptTest {

  @ParameterizedTest
  @ValueSource(strings = {"engine/pgq", "engine/provider", "capture"})
  void runsEveryFileOfItsDirectoryOnce(String directory) throws IOException {
    SqlScript script = new SqlScript(EngineInstaller.class, "/org/pgqconnect/source/" + directory);
    try (Stream<Path> files =
        Files.list(Path.of("src/main/resources/org/pgqconnect/source", directory))) {
      List<String> names =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".sql"))
              .toList();
      assertThat(script.files()).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(names);
    }
  }

  @Test
  void hasAFileForEachFunctionOfCapture() throws IOException {
    SqlScript script = new SqlScript(EngineInstaller.class, "/org/pgqconnect/source/capture");
    Pattern made =
        Pattern.compile("^create or replace function pgq_connect\\.(\\w+)", Pattern.MULTILINE);
    for (String name : script.files()) {
      String text =
          Files.readString(Path.of("src/main/resources/org/pgqconnect/source/capture", name));
      List<String> functions = made.matcher(text).results().map(found -> found.group(1)).toList();
      if (!name.equals("grants.sql")) {
        assertThat(functions).containsExactly(name.replace(".sql", ""));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"engine/pgq", "engine/provider", "capture"})
  void saysInEveryFileWhatItIsFor(String directory) throws IOException {
    SqlScript script = new SqlScript(EngineInstaller.class, "/org/pgqconnect/source/" + directory);
    for (String name : script.files()) {
      String text =
          Files.readString(Path.of("src/main/resources/org/pgqconnect/source", directory, name));
      assertThat(text)
          .as(name)
          .startsWith(
              "-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0\n-- ");
      assertThat(text.split("\ncreate or replace function", -1).length)
          .as("every function in " + name + " tells what it returns")
          .isLessThanOrEqualTo(text.split("-- Returns: ", -1).length);
    }
  }

  @Test
  void namesAResourceThatIsMissing() {
    assertThatThrownBy(() -> SqlScript.text(EngineInstaller.class, "provider/nothing.sql"))
        .hasMessage(
            "Resource provider/nothing.sql is missing beside " + EngineInstaller.class.getName());
  }
}
