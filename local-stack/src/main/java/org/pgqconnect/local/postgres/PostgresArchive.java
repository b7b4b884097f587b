/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.postgres;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.pgqconnect.local.process.Leftovers;
import org.tukaani.xz.XZInputStream;

/**
 * The PostgreSQL binaries that come as a resource of this module, unpacked once per machine and
 * user.
 */
final class PostgresArchive {

  private static final int OTHERS_MAY_RUN = 0111;

  private PostgresArchive() {}

  static boolean contains(int major) {
    return PostgresArchive.class.getResource(resource(major)) != null;
  }

  /** Unpacks the archive of this major version, unless that was done before. */
  static Path unpack(int major) {
    try (InputStream resource = PostgresArchive.class.getResourceAsStream(resource(major))) {
      byte[] archive = resource.readAllBytes();
      Path home = cache().resolve(major + "-" + digest(archive));
      if (!Files.exists(home)) {
        unpackTo(archive, home);
      }
      return home;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot unpack PostgreSQL %d below %s; set -Djava.io.tmpdir to a directory with 70 MB"
              .formatted(major, System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  private static String resource(int major) {
    return "/org/pgqconnect/local/postgres/" + major + "/postgres-linux-x86_64.txz";
  }

  /** Only ever our own directory: a user who could write there would choose what we execute. */
  private static Path cache() throws IOException {
    Path parent = Path.of(System.getProperty("java.io.tmpdir"));
    Path cache = parent.resolve("pgq-connect-postgres-" + System.getProperty("user.name"));
    var readable =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));
    try {
      return Files.createDirectory(cache, readable);
    } catch (FileAlreadyExistsException e) {
      Object me = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      Object owner = Files.getAttribute(cache, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      if (me.equals(owner) && Files.isDirectory(cache, LinkOption.NOFOLLOW_LINKS)) {
        return cache;
      }
      throw new IOException(cache + " belongs to another user; remove it", e);
    }
  }

  private static String digest(byte[] archive) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(archive);
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JVM has SHA-256", e);
    }
  }

  /** Other JVMs may be doing the same: only a complete directory gets its final name. */
  private static void unpackTo(byte[] archive, Path home) throws IOException {
    Path building = Files.createTempDirectory(home.getParent(), "unpacking-");
    Leftovers.add(building);
    Files.setPosixFilePermissions(building, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(
            new BufferedInputStream(new XZInputStream(new ByteArrayInputStream(archive))))) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        write(tar, e, building.resolve(e.getName()));
      }
    }
    try {
      Files.move(building, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (!Files.exists(home)) {
        throw e;
      }
    } finally {
      Leftovers.delete(building);
    }
  }

  private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
      throws IOException {
    if (entry.isDirectory()) {
      Files.createDirectories(target);
      return;
    }
    Files.createDirectories(target.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
      return;
    }
    Files.copy(tar, target);
    boolean executable = (entry.getMode() & OTHERS_MAY_RUN) != 0;
    Files.setPosixFilePermissions(
        target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }
}
