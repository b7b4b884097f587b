/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who PostgreSQL runs as. It refuses to run as root, so under root it runs as {@code postgres},
 * where that user exists, or as {@code nobody}; otherwise as the user of this JVM.
 */
public final class ServiceUser {

  private static final Path PASSWD = Path.of("/etc/passwd");

  private final Optional<Account> account;

  private record Account(int uid, int gid) {}

  private ServiceUser(Optional<Account> account) {
    this.account = account;
  }

  public static ServiceUser find() {
    return new ServiceUser(isRoot() ? Optional.of(unprivileged()) : Optional.empty());
  }

  /** The command as it must be started so that it runs as this user. */
  public List<String> command(List<String> command) {
    List<String> all = new ArrayList<>();
    account.ifPresent(
        user ->
            all.addAll(
                List.of(
                    "setpriv",
                    "--reuid=" + user.uid(),
                    "--regid=" + user.gid(),
                    "--clear-groups",
                    // The kernel forgets the signal of the launcher when the user changes.
                    "--pdeathsig=QUIT")));
    all.addAll(command);
    return all;
  }

  /** Gives the file or directory to this user. */
  public void own(Path path) {
    if (account.isEmpty()) {
      return;
    }
    try {
      Files.setAttribute(path, "unix:uid", account.get().uid(), LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(path, "unix:gid", account.get().gid(), LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot give " + path + " to the user of PostgreSQL", e);
    }
  }

  private static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException e) {
      return "root".equals(System.getProperty("user.name"));
    }
  }

  private static Account unprivileged() {
    if (!ProcessLauncher.SetPriv.AVAILABLE) {
      throw new IllegalStateException(
          "PostgreSQL does not run as root, and setpriv (util-linux 2.33 or newer), which would"
              + " start it as another user, is not here: install util-linux or use another user");
    }
    return find("postgres")
        .or(() -> find("nobody"))
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "PostgreSQL does not run as root, and %s has neither postgres nor nobody: run"
                            .formatted(PASSWD)
                        + " 'useradd --system postgres' or use another user"));
  }

  private static Optional<Account> find(String name) {
    try {
      return Files.readAllLines(PASSWD, StandardCharsets.UTF_8).stream()
          .map(line -> line.split(":"))
          .filter(fields -> fields.length > 3 && fields[0].equals(name))
          .map(fields -> new Account(Integer.parseInt(fields[2]), Integer.parseInt(fields[3])))
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + PASSWD, e);
    }
  }
}
