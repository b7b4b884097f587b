/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** What a JVM that ends without closing its servers still has to end and to delete. */
public final class Leftovers {

  private static final Set<ChildProcess> PROCESSES = ConcurrentHashMap.newKeySet();
  private static final Set<Path> DIRECTORIES = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Leftovers::clear, "pgq-connect-leftovers"));
  }

  private Leftovers() {}

  static void add(ChildProcess process) {
    PROCESSES.add(process);
  }

  static void forget(ChildProcess process) {
    PROCESSES.remove(process);
  }

  public static void add(Path directory) {
    DIRECTORIES.add(directory);
  }

  static boolean knows(Path directory) {
    return DIRECTORIES.contains(directory);
  }

  /** Deletes a directory with all that is in it, and forgets it. */
  public static void delete(Path directory) {
    DIRECTORIES.remove(directory);
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(Leftovers::deleteOne);
    } catch (IOException | java.io.UncheckedIOException e) {
      // A server that is just dying removes files itself; what stays is swept by the next stack.
    }
  }

  private static void deleteOne(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // As above.
    }
  }

  private static void clear() {
    PROCESSES.forEach(ChildProcess::kill);
    DIRECTORIES.forEach(Leftovers::delete);
  }
}
