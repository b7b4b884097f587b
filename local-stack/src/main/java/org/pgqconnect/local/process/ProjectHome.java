/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the files that operators start from ({@code config/}): below the system property or
 * environment variable {@code PGQ_CONNECT_HOME}, or else in the nearest directory above the working
 * directory that has them.
 */
public final class ProjectHome {

  private static final String HOME = "PGQ_CONNECT_HOME";

  private ProjectHome() {}

  /**
   * The file with this path relative to the home, as {@code config/worker.properties}.
   *
   * @throws IllegalStateException when it is nowhere; the message says where it was looked for
   */
  public static Path file(String relative) {
    List<Path> roots = roots().toList();
    return roots.stream()
        .map(root -> root.resolve(relative))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "%s is in none of %s: set %s (environment or -D) to the directory that has it"
                        .formatted(relative, roots, HOME)));
  }

  private static Stream<Path> roots() {
    Optional<String> home =
        Optional.ofNullable(System.getProperty(HOME))
            .or(() -> Optional.ofNullable(System.getenv(HOME)));
    return home.map(value -> Stream.of(Path.of(value)))
        .orElseGet(
            () -> Stream.iterate(Path.of("").toAbsolutePath(), p -> p != null, Path::getParent));
  }
}
