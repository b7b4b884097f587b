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
import org.pgqconnect.source.capture.CaptureOptions;
import org.pgqconnect.source.capture.CapturedTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pgq-connect provider add}. */
@Command(
    name = "add",
    description = {
      "Captures changes of tables from now on, and has their rows copied to the subscribers.",
      "Writers wait only while the triggers are created; a lock that is not free is tried for again."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect provider add --config config/source.json public.accounts public.transfers",
      "  pgq-connect provider add --config config/source.json --no-copy public.accounts",
      "  pgq-connect provider add --config config/source.json --key tenant,code public.codes"
    })
final class ProviderAddCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private QueueOption queue;

  @Option(names = "--no-copy", description = "The subscribers hold the same rows already.")
  private boolean noCopy;

  @Option(
      names = "--key",
      split = ",",
      paramLabel = "COLUMN",
      description = "What identifies a row, where it is not the primary key.")
  private List<String> key = List.of();

  @Option(names = "--old-row", description = "Updates carry the row as it was, too.")
  private boolean oldRow;

  @Parameters(arity = "1..*", paramLabel = "TABLE", description = "Tables, as schema.table.")
  private List<String> tables;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    String name = queue.name(connection.file());
    try (Connection session = connection.open("provider")) {
      for (String table : tables) {
        CapturedTable added =
            new CaptureInstaller().add(session, name, TableId.parse(table), options());
        command
            .commandLine()
            .getOut()
            .printf("%s: captured, %s%n", added.table(), noCopy ? "no copy" : "copy requested");
      }
    }
    return 0;
  }

  private CaptureOptions options() {
    CaptureOptions options = CaptureOptions.defaults();
    options = noCopy ? options.withoutCopy() : options;
    options = key.isEmpty() ? options : options.keyedBy(key);
    return oldRow ? options.withOldRow() : options;
  }
}
