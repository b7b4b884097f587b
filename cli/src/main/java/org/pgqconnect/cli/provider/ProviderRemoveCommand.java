/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.provider;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.cli.options.QueueOption;
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
      "The tables stay as they are on the subscribers. A table that was dropped is named as it was"
          + " captured."
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
