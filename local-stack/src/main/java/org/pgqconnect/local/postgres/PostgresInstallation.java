/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.postgres;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the programs of a PostgreSQL server come from. */
public sealed interface PostgresInstallation {

  /** Why it cannot be used on this machine and what would fix that; empty when it can. */
  Optional<String> unavailable();

  /** The directory of {@code postgres} and {@code initdb}. */
  Path bin();

  /**
   * The binaries that are resources of this module: no PgQ, no client programs, Linux on x86-64.
   */
  record Embedded(int major) implements PostgresInstallation {

    @Override
    public Optional<String> unavailable() {
      if (!PostgresArchive.contains(major)) {
        return Optional.of(
            "PostgreSQL %d is not among the resources of local-stack; 17 and 18 are"
                .formatted(major));
      }
      String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
      return system.equals("Linux amd64")
          ? Optional.empty()
          : Optional.of(
              "The embedded PostgreSQL %d runs on Linux amd64 only, and this is %s: use a container"
                  .formatted(major, system));
    }

    @Override
    public Path bin() {
      return PostgresArchive.unpack(major).resolve("bin");
    }

    @Override
    public String toString() {
      return "embedded PostgreSQL " + major;
    }
  }

  /** Debian's packages {@code postgresql-<major>} and {@code postgresql-<major>-pgq3}. */
  record Debian(int major) implements PostgresInstallation {

    @Override
    public Optional<String> unavailable() {
      Path control = Path.of("/usr/share/postgresql/" + major + "/extension/pgq.control");
      if (!Files.isExecutable(bin().resolve("postgres"))) {
        return Optional.of(missing(bin().resolve("postgres"), "postgresql-" + major));
      }
      if (!Files.exists(control)) {
        return Optional.of(missing(control, "postgresql-" + major + "-pgq3"));
      }
      return Optional.empty();
    }

    @Override
    public Path bin() {
      return Path.of("/usr/lib/postgresql/" + major + "/bin");
    }

    @Override
    public String toString() {
      return "Debian's PostgreSQL " + major + " with PgQ";
    }

    private static String missing(Path file, String debianPackage) {
      return "%s is not here; it comes with: apt-get install %s".formatted(file, debianPackage);
    }
  }
}
