/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The project that the tests run in. */
final class ProjectHome {
  private ProjectHome() {}

  /** The file with this path relative to the project's root, as {@code config/sink.json}. */
  static Path file(String relative) {
    return Stream.iterate(Path.of("").toAbsolutePath(), path -> path != null, Path::getParent)
        .map(directory -> directory.resolve(relative))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(relative + " is not in the project"));
  }
}
