/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Starts processes that do not outlive this JVM, even when it is killed with signal 9.
 *
 * <p>Linux sends a process the signal it asked for when the <em>thread</em> that started it ends,
 * not the process. So one thread that lives as long as the JVM starts them all.
 */
final class ProcessLauncher {

  private static final ExecutorService STARTER =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "pgq-connect-process-starter");
            thread.setDaemon(true);
            return thread;
          });

  private ProcessLauncher() {}

  /** Starts the process; it gets {@code signal} (as {@code KILL}) when this JVM is gone. */
  static Process start(ProcessBuilder builder, String signal) {
    List<String> command = new ArrayList<>();
    if (SetPriv.AVAILABLE) {
      command.addAll(List.of("setpriv", "--pdeathsig", signal));
    }
    command.addAll(builder.command());
    builder.command(command);
    return onStarterThread(builder);
  }

  private static Process onStarterThread(ProcessBuilder builder) {
    try {
      return STARTER.submit(builder::start).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("Cannot start " + builder.command(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while starting " + builder.command(), e);
    }
  }

  /** Whether util-linux' setpriv is here; busybox has one that cannot do this. */
  static final class SetPriv {
    static final boolean AVAILABLE = probe();

    private SetPriv() {}

    private static boolean probe() {
      try {
        Process probe =
            new ProcessBuilder("setpriv", "--pdeathsig", "KILL", "true")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return probe.waitFor(10, TimeUnit.SECONDS) && probe.exitValue() == 0;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UncheckedIOException(new IOException("Interrupted while probing setpriv", e));
      }
    }
  }
}
