/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.pgqconnect.local.process.ProjectHome;

/** Where the build put the connectors, as they would lie in a worker's plugin.path. */
public final class Plugins {
  private Plugins() {}

  public static List<Path> directories() {
    return Stream.of("source-connector/target", "sink-connector/target")
        .map(ProjectHome::file)
        .map(Plugins::directory)
        .toList();
  }

  private static Path directory(Path target) {
    try (Stream<Path> entries = Files.list(target)) {
      return entries
          .filter(path -> path.getFileName().toString().endsWith("-plugin"))
          .filter(Files::isDirectory)
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      ("%s has no *-plugin directory, so there is no connector to"
                              + " measure. Build it: mvn -DskipTests package")
                          .formatted(target)));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + target, e);
    }
  }
}
