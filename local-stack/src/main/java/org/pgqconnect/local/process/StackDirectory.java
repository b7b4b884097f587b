/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A temporary directory that is deleted when it is closed, when the JVM ends, or, when the JVM was
 * killed, by the next one that makes such a directory: a lock file shows whether its JVM lives.
 */
public final class StackDirectory implements AutoCloseable {

  private static final String PREFIX = "pgq-connect-stack-";
  private static final String LOCK = "lock";

  // Opening and closing the lock file of a directory of this JVM would drop its lock: file locks
  // belong to the process.
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lock;

  private StackDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  public static StackDirectory create() {
    Path parent = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      sweep(parent);
      Path path = Files.createTempDirectory(parent, PREFIX);
      OWN.add(path);
      Leftovers.add(path);
      // PostgreSQL may run as another user and must be able to pass through.
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
      Path unlocked = path.resolve(LOCK + ".new");
      FileChannel channel =
          FileChannel.open(unlocked, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      channel.lock();
      Files.move(unlocked, path.resolve(LOCK));
      return new StackDirectory(path, channel);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot make a directory for the servers in %s; set -Djava.io.tmpdir to one that can be written"
              .formatted(parent),
          e);
    }
  }

  public Path path() {
    return path;
  }

  /** Makes and returns a directory in it. */
  public Path make(String name) {
    try {
      return Files.createDirectories(path.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make " + path.resolve(name), e);
    }
  }

  @Override
  public void close() {
    Leftovers.delete(path);
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot release the lock of " + path, e);
    }
  }

  private static void sweep(Path parent) throws IOException {
    try (Stream<Path> siblings = Files.list(parent)) {
      List<Path> candidates =
          siblings
              .filter(path -> path.getFileName().toString().startsWith(PREFIX))
              .filter(path -> !OWN.contains(path))
              .toList();
      candidates.stream().filter(StackDirectory::isAbandoned).forEach(Leftovers::delete);
    }
  }

  private static boolean isAbandoned(Path directory) {
    if (Leftovers.knows(directory)) {
      // Not even to be looked at: closing any channel of a file drops this process's locks on it.
      return false;
    }
    try (FileChannel channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (IOException e) {
      // Another user's, or only half made: not ours to delete.
      return false;
    }
  }
}
