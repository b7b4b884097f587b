/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class PgqConnectTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return PgqConnect.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  static Stream<String> commands() {
    List<String> names = new ArrayList<>(List.of(""));
    collect("", PgqConnect.commandLine(), names);
    return names.stream();
  }

  private static void collect(String prefix, CommandLine command, List<String> names) {
    command
        .getSubcommands()
        .forEach(
            (name, sub) -> {
              names.add(prefix + name);
              collect(prefix + name + " ", sub, names);
            });
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpIsThereForEveryCommand(String command) {
    List<String> arguments =
        new ArrayList<>(command.isEmpty() ? List.of() : List.of(command.split(" ")));
    arguments.add("--help");
    assertThat(run(arguments.toArray(String[]::new))).isZero();
    assertThat(out.toString()).contains("Usage: pgq-connect");
    boolean hasSubcommands = out.toString().contains("Commands:");
    if (!hasSubcommands || command.isEmpty()) {
      assertThat(out.toString()).contains("Examples:");
      // An example is pasted into a shell: the terminal's width may not break it.
      assertThat(
              out.toString()
                  .lines()
                  .dropWhile(line -> !line.equals("Examples:"))
                  .skip(1)
                  .takeWhile(line -> !line.isEmpty()))
          .allMatch(line -> line.startsWith("  "));
    }
  }

  @Test
  void wrongUsageIsExitCodeTwo() {
    assertThat(run("provider", "add")).isEqualTo(2);
    assertThat(err.toString()).contains("Missing required parameter");
  }

  @Test
  void theDemoThatIsNotInstalledSaysWhereItRuns() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).containsPattern("\\R +demo +Shows it at work on this machine");
    assertThat(run("demo", "--seconds", "20", "--keep")).isEqualTo(3);
    assertThat(err.toString())
        .contains("This installation does not include the demo")
        .contains("Run it from the source of pgq-connect", "pgq-connect demo");
  }

  @Test
  void asksForWhatIsMissing() {
    assertThat(run("provider", "tables", "--queue", "q")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Give --host, or --config with a connector's file that has database.hostname");
    assertThat(run("provider", "resync", "--queue", "q")).isEqualTo(2);
    assertThat(err.toString()).contains("Name them, or give --all");
    assertThat(run("status")).isEqualTo(2);
    assertThat(err.toString()).contains("Give --source, --sink or --connect");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "localhost:8083", "http://"})
  void anAddressThatIsNoneIsSaidWithAnExample(String url) {
    String file = ProjectHome.file("config/sink.json").toString();
    assertThat(run("connectors", "deploy", "--connect", url, file)).isNotZero();
    assertThat(err.toString())
        .contains("--connect \"" + url + "\" is not the address of a Connect worker")
        .contains("as --connect http://localhost:8083");
  }

  @Test
  void anUnreachableServerIsSaidWithoutAStackTrace() {
    int code =
        run(
            "provider",
            "tables",
            "--host",
            "127.0.0.1",
            "--port",
            "1",
            "--dbname",
            "bank",
            "--user",
            "u",
            "--queue",
            "q");
    assertThat(code).isEqualTo(3);
    assertThat(err.toString())
        .contains("Cannot reach the provider 127.0.0.1:1/bank")
        .contains("pg_isready -h 127.0.0.1 -p 1")
        .doesNotContain("\tat ");
  }

  @Test
  void aFileThatIsNoConnectorsIsSaid(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("x.json"), "{\"connector.class\": \"x\"}");
    assertThat(run("connectors", "deploy", file.toString())).isEqualTo(3);
    assertThat(err.toString()).contains("x.json").contains("\"name\"").contains("\"config\"");
  }

  @Test
  void aWrongFileOrPortIsSaid(@TempDir Path directory) throws Exception {
    Path missing = directory.resolve("nope.json");
    assertThat(run("provider", "tables", "--config", missing.toString())).isEqualTo(3);
    assertThat(err.toString()).contains("There is no file " + missing).contains("config/");
    Path file =
        Files.writeString(
            directory.resolve("x.json"),
            """
            {"name": "shop", "config": {"database.hostname": "h", "database.port": "54x",
             "database.dbname": "d", "database.user": "u", "queue.name": "q"}}\
            """);
    assertThat(run("provider", "tables", "--config", file.toString())).isEqualTo(3);
    assertThat(err.toString())
        .contains("connector \"shop\" has database.port \"54x\": it must be a port's number");
  }
}
