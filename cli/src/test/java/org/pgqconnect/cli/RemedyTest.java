/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Secret;
import picocli.CommandLine.ParseResult;

/** Every command that messages name is one that the command line takes. */
class RemedyTest {
  private static final ConnectionConfig PLAIN = at("db1", "bank", "connect");
  private static final ConnectionConfig ODD = at("::1", "my bank", "it's");

  private static ConnectionConfig at(String host, String database, String user) {
    return new ConnectionConfig(
        host, 5433, database, user, new Secret("hidden"), "require", new Properties());
  }

  /** Each way to make a remedy whose commands run as they are, by the name of the method. */
  private static final Map<String, List<Remedy>> COMPLETE =
      Map.of(
          "provider",
          List.of(
              Remedy.provider(PLAIN, "q1"),
              Remedy.provider(ODD, "-q1"),
              Remedy.provider(ODD, "two words")),
          "ofPrefix",
          List.of(Remedy.ofPrefix("bank"), Remedy.ofPrefix("it's $HOME")),
          "ofFile",
          List.of(Remedy.ofFile("my files/source.json", "q 1")),
          "ofConnector",
          List.of(Remedy.ofPrefix("bank").ofConnector("my sink/1")));

  /** Each way to make one whose commands another completes. */
  private static final Map<String, List<Remedy>> INCOMPLETE =
      Map.of(
          "ofQueue",
          List.of(Remedy.ofQueue("q1"), Remedy.ofQueue("two words")),
          "incomplete",
          List.of(Remedy.incomplete()));

  /** Methods that answer something else than one command. */
  private static final List<String> NO_COMMAND = List.of("complete");

  static Stream<Remedy> complete() {
    return COMPLETE.values().stream().flatMap(List::stream);
  }

  static Stream<Remedy> incomplete() {
    return INCOMPLETE.values().stream().flatMap(List::stream);
  }

  @Test
  void everyKindOfRemedyIsTested() {
    assertThat(
            Stream.of(Remedy.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .filter(method -> method.getReturnType() == Remedy.class)
                .map(Method::getName))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(COMPLETE, INCOMPLETE).flatMap(kinds -> kinds.keySet().stream()).toList());
  }

  @ParameterizedTest
  @MethodSource("complete")
  void everyCommandIsTakenAndSaysWhere(Remedy remedy) throws Exception {
    for (String command : commands(remedy)) {
      assertSaysWhere(command);
    }
  }

  @ParameterizedTest
  @MethodSource("incomplete")
  void everyCompletedCommandIsTakenAndSaysWhere(Remedy remedy) throws Exception {
    for (String command : commands(remedy)) {
      assertTaken(command);
      if (command.startsWith("./pgq-connect provider ")) {
        assertSaysWhere(Remedy.provider(ODD, "-q1").complete(command));
        assertSaysWhere(Remedy.ofPrefix("bank").complete(command));
      }
    }
  }

  private static List<String> commands(Remedy remedy) throws Exception {
    List<String> commands = new ArrayList<>();
    for (Method method : Remedy.class.getMethods()) {
      if (method.getReturnType() == String.class
          && method.getDeclaringClass() == Remedy.class
          && !NO_COMMAND.contains(method.getName())) {
        Object[] arguments =
            Arrays.stream(method.getParameterTypes()).map(RemedyTest::sample).toArray();
        commands.add(
            (String)
                method.invoke(Modifier.isStatic(method.getModifiers()) ? null : remedy, arguments));
      }
    }
    assertThat(commands).hasSizeGreaterThan(20).allMatch(RemedyTest::isCommand);
    return commands;
  }

  private static boolean isCommand(String text) {
    return text.startsWith("./pgq-connect ");
  }

  private static ParseResult assertTaken(String command) {
    ParseResult parsed = PrintedCommand.in(command).get(0).parse();
    assertThat(parsed.unmatched()).as(command).isEmpty();
    assertThat(command).doesNotContain("hidden").doesNotContain("<");
    return parsed;
  }

  private static void assertSaysWhere(String command) {
    ParseResult parsed = assertTaken(command);
    assertThat(
            parsed.isUsageHelpRequested()
                || Stream.of("--host", "--prefix", "--config", "--connect", "--source")
                    .anyMatch(parsed::hasMatchedOption))
        .as(command)
        .isTrue();
  }

  private static Object sample(Class<?> type) {
    TableId odd = new TableId("-s", "Mixed Case's");
    if (type == TableId[].class) {
      return new TableId[] {new TableId("public", "Mixed Case"), new TableId("@x", "y")};
    }
    if (type == Collection.class) {
      return List.of(odd, new TableId("public", "a.b"));
    }
    if (type == long.class) {
      return 7L;
    }
    if (type == String[].class) {
      return new String[] {"--config", "my files/sink.json", "--tick", "7", "--move"};
    }
    if (type == List.class) {
      return List.of("tenant", "my code");
    }
    return type == TableId.class ? odd : type == ConnectionConfig.class ? ODD : "-ro le";
  }

  @Test
  void namesWhatItIsAbout() {
    assertThat(Remedy.provider(PLAIN, "q1").resync(new TableId("public", "Mixed Case")))
        .isEqualTo(
            "./pgq-connect provider resync --host db1 --port 5433 --dbname bank --user connect"
                + " --sslmode require --queue q1 'public.Mixed Case'");
    assertThat(Remedy.ofPrefix("bank").resyncAll())
        .isEqualTo("./pgq-connect provider resync --prefix bank --all");
    assertThat(
            Remedy.provider(PLAIN, "q1")
                .complete("Add it: ./pgq-connect provider add --queue q1 public.t"))
        .isEqualTo(
            "Add it: ./pgq-connect provider add --host db1 --port 5433 --dbname bank --user connect"
                + " --sslmode require --queue q1 public.t");
  }

  @Test
  void whatIsCompleteStaysAsItIs() {
    Remedy remedy = Remedy.provider(PLAIN, "q1");
    String complete = remedy.complete("./pgq-connect provider resync public.t; and again");
    assertThat(complete).contains("--queue q1 public.t");
    assertThat(remedy.complete(complete)).isEqualTo(complete);
  }

  @Test
  void nothingElseWritesACommand() throws IOException {
    Path home = ProjectHome.file("README.md").getParent();
    List<String> others = new ArrayList<>();
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file :
          files
              .filter(
                  f -> f.toString().contains("/src/main/java/") && f.toString().endsWith(".java"))
              .filter(f -> !f.endsWith("Remedy.java"))
              .toList()) {
        for (String line : Files.readAllLines(file)) {
          String code = line.strip();
          if (code.contains("./pgq-connect") && !code.startsWith("*") && !code.startsWith("/")) {
            others.add(home.relativize(file) + ": " + code);
          }
        }
      }
    }
    assertThat(others).isEmpty();
  }

  @Test
  void requestsToTheWorkerNameTheConnector() {
    String text = "stop it: PUT /connectors/<name>/stop, then ./pgq-connect provider resync --all";
    assertThat(Remedy.ofPrefix("bank").ofConnector("my sink/1").complete(text))
        .isEqualTo(
            "stop it: PUT /connectors/my%20sink%2F1/stop, then ./pgq-connect provider resync"
                + " --prefix bank --all");
    assertThat(Remedy.ofPrefix("bank").complete(text)).contains("PUT /connectors/<name>/stop");
  }
}
