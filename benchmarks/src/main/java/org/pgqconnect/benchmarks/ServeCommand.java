/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.pgqconnect.benchmarks.stack.Plugins;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectSetup;
import org.pgqconnect.local.kafka.JvmOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code benchmarks/run serve}: for a harness that brings its own databases. */
@Command(
    name = "serve",
    description =
        "Runs a broker and a worker with the connectors, and nothing else, until it is killed.",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
  @Option(
      names = "--ready",
      required = true,
      paramLabel = "FILE",
      description = "Gets three shell assignments once both run: REST, WORKER_PID, BROKER_PID.")
  private Path ready;

  @Option(
      names = "--heap",
      defaultValue = "1g",
      description = "The worker's heap. Default: ${DEFAULT-VALUE}.")
  private String heap;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ConnectSetup connect = ConnectSetup.defaults().jvm(JvmOptions.heap(heap));
    for (Path directory : Plugins.directories()) {
      connect = connect.plugins(directory);
    }
    LocalStack stack = LocalStack.builder().connect(connect).start();
    Runtime.getRuntime().addShutdownHook(new Thread(stack::close));
    Path written = ready.resolveSibling(ready.getFileName() + ".new");
    Files.writeString(
        written,
        "REST=%s%nWORKER_PID=%d%nBROKER_PID=%d%nWORKER_LOG=%s%n"
            .formatted(
                stack.rest().base(),
                stack.worker(0).pid(),
                stack.kafka().pid(),
                stack.worker(0).log()));
    Files.move(written, ready);
    Thread.currentThread().join();
    return 0;
  }
}
