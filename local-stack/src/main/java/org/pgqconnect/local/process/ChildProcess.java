/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A server process: its id, its log file and the ways to end it. */
public final class ChildProcess {

  private static final int TAIL_BYTES = 64 * 1024;
  private static final int TAIL_LINES = 60;
  private static final long KILL_SECONDS = 20;

  private final String name;
  private final Process process;
  private final Path log;

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts a process whose output is appended to {@code log}.
   *
   * @param orphanSignal the signal that it gets when this JVM dies, as {@code KILL}
   */
  public static ChildProcess start(
      String name, ProcessBuilder builder, Path log, String orphanSignal) {
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    ChildProcess child = new ChildProcess(name, ProcessLauncher.start(builder, orphanSignal), log);
    Leftovers.add(child);
    return child;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Why it is pointless to wait for this process, with the end of its log; empty while it lives.
   */
  public Optional<String> ended() {
    return isAlive()
        ? Optional.empty()
        : Optional.of(
            "%s ended with exit code %d. %s".formatted(name, process.exitValue(), describeLog()));
  }

  /** Waits for the end of a command that ends on its own; fails unless its exit code is 0. */
  public void complete(Duration timeout) {
    if (!waitFor(timeout)) {
      kill();
      throw new IllegalStateException(
          "%s did not end within %s and was killed. %s".formatted(name, timeout, describeLog()));
    }
    Leftovers.forget(this);
    if (process.exitValue() != 0) {
      throw new IllegalStateException(ended().orElseThrow());
    }
  }

  /** Sends the signal (as {@code TERM}), waits for the end, and kills when that takes too long. */
  public void stop(String signal, Duration grace) {
    if (isAlive()) {
      signal(signal);
    }
    if (!waitFor(grace)) {
      kill();
    }
    Leftovers.forget(this);
  }

  /**
   * Sends any signal: {@code STOP} freezes the process (not its children), {@code CONT} resumes it.
   */
  public void signal(String signal) {
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot send " + signal + " to " + name, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Signal 9 for the process and all that it started, and waits until they are gone. */
  public void kill() {
    List<ProcessHandle> family = process.descendants().toList();
    process.destroyForcibly();
    family.forEach(ProcessHandle::destroyForcibly);
    waitFor(Duration.ofSeconds(KILL_SECONDS));
    for (ProcessHandle member : family) {
      member.onExit().orTimeout(KILL_SECONDS, TimeUnit.SECONDS).join();
    }
    Leftovers.forget(this);
  }

  /** The path of the log and its last lines, for an error message. */
  public String describeLog() {
    return "The end of its log %s:%n%s".formatted(log, tail());
  }

  private String tail() {
    try {
      byte[] bytes = Files.readAllBytes(log);
      int from = Math.max(0, bytes.length - TAIL_BYTES);
      String text = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
      List<String> lines = text.lines().toList();
      return String.join(
          System.lineSeparator(),
          lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(cannot be read: " + e + ")";
    }
  }

  private boolean waitFor(Duration timeout) {
    try {
      return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Interrupted while waiting for " + name, e);
  }
}
