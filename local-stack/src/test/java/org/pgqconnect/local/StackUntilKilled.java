/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
