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
package org.pgqconnect.cli;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.capture.CaptureInstaller;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pgq-connect provider remove}. */
@Command(
    name = "remove",
    description = {
      "Stops capturing tables and drops the triggers that pgq-connect created on them.",
      "The tables stay as they are on the subscribers. A table that was dropped is named as it was captured."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  pgq-connect provider remove --config config/source.json public.transfers")
final class ProviderRemoveCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private QueueOption queue;

  @Parameters(arity = "1..*", paramLabel = "TABLE", description = "Tables, as schema.table.")
  private List<String> tables;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    String name = queue.name(connection.file());
    boolean all = true;
    try (Connection session = connection.open("provider")) {
      for (String table : tables) {
        boolean removed = new CaptureInstaller().remove(session, name, TableId.parse(table));
        all &= removed;
        command
            .commandLine()
            .getOut()
            .printf("%s: %s%n", table, removed ? "removed" : "was not captured by queue " + name);
      }
    }
    return all ? 0 : 1;
  }
}
