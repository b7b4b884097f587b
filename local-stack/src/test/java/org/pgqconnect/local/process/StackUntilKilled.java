/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.postgres.PostgresServer;

/** A program that starts a stack, writes its directory and process ids to a file, and waits. */
final class StackUntilKilled {

  private StackUntilKilled() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path report = Path.of(arguments[0]);
    LocalStack stack =
        LocalStack.builder().postgres("provider", PostgresServer.embedded(18).notDurable()).start();
    List<Long> pids =
        List.of(stack.postgres("provider").pid(), stack.kafka().pid(), stack.worker(0).pid());
    String lines =
        Stream.concat(Stream.of(stack.directory()), pids.stream())
            .map(Object::toString)
            .collect(Collectors.joining("\n"));
    Path unfinished = Files.writeString(report.resolveSibling("unfinished"), lines);
    Files.move(unfinished, report);
    Thread.sleep(Long.MAX_VALUE);
  }
}
