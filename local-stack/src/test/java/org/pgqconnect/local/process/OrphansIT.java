/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgqconnect.connect.Await;

/** Servers must not outlive the JVM that started them. */
class OrphansIT {

  private static final Duration LIMIT = Duration.ofMinutes(5);

  @TempDir Path directory;
  private Process parent;

  @AfterEach
  void end() {
    parent.destroyForcibly();
  }

  @Test
  void serversEndAndTheirFilesAreSweptWhenTheJvmWasKilled() throws IOException {
    assumeThat(ProcessLauncher.SetPriv.AVAILABLE).as("util-linux' setpriv is here").isTrue();
    List<String> report = startStackInAnotherJvm();
    Path leftover = Path.of(report.get(0));
    assertThat(leftover).exists();

    parent.destroyForcibly();

    assertEnded(report.subList(1, report.size()));
    StackDirectory.create().close();
    assertThat(leftover).doesNotExist();
  }

  @Test
  void serversEndWithTheirFilesWhenTheJvmWasAskedToEnd() throws IOException {
    List<String> report = startStackInAnotherJvm();

    parent.destroy();

    assertEnded(report.subList(1, report.size()));
    Await.atMost(LIMIT, "the files to be deleted")
        .until(() -> !Files.exists(Path.of(report.get(0))));
  }

  private List<String> startStackInAnotherJvm() throws IOException {
    Path report = directory.resolve("report");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            StackUntilKilled.class.getName(),
            report.toString());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Path log = directory.resolve("log");
    parent = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Await.atMost(LIMIT, "a stack in another JVM")
        .unless(() -> parent.isAlive() ? Optional.empty() : Optional.of("it ended, see " + log))
        .until(() -> Files.exists(report));
    return Files.readAllLines(report);
  }

  private static void assertEnded(List<String> pids) {
    assertThat(pids).hasSize(3);
    Await.atMost(LIMIT, "the end of the servers " + pids)
        .until(
            () -> pids.stream().map(Long::valueOf).map(ProcessHandle::of).toList(),
            handles -> handles.stream().noneMatch(Optional::isPresent));
  }
}
