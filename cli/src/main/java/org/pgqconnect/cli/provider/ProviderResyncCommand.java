/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.provider;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.cli.options.FileValues;
import org.pgqconnect.cli.options.QueueOption;
import org.pgqconnect.cli.tables.PublishedTables;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CapturedTable;
import org.pgqconnect.source.copy.CopyRequests;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pgq-connect provider resync}. */
@Command(
    name = "resync",
    description = {
      "Has tables copied to all subscribers again, while their changes keep flowing.",
      "Each subscriber keeps the rows meanwhile and deletes at the end what the copy did not bring."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect provider resync --config config/source.json public.accounts",
      "  pgq-connect provider resync --config config/source.json --all"
    })
final class ProviderResyncCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private QueueOption queue;

  @Option(
      names = "--all",
      description =
          "Every table that the queue captures. Those that cannot be copied are named, and the exit"
              + " code is 1; so it is when there is no table.")
  private boolean all;

  @Parameters(arity = "0..*", paramLabel = "TABLE", description = "Tables, as schema.table.")
  private List<String> tables = List.of();

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    if (all == !tables.isEmpty()) {
      throw new ParameterException(
          command.commandLine(), "Which tables? Name them, or give --all for every captured table");
    }
    String name = queue.name(connection.file());
    try (Connection session = connection.open("provider")) {
      if (!all) {
        return request(session, name, tables.stream().map(TableId::parse).toList());
      }
      List<TableId> captured =
          new CaptureInstaller().list(session, name).stream().map(CapturedTable::table).toList();
      CopyRequests.Plan copies = CopyRequests.plan(session, name, captured);
      if (copies.tables().isEmpty() && copies.refused().isEmpty()) {
        String why = CopyRequests.nothingToCopy(session, name);
        command.commandLine().getErr().println(connection.remedy(name).complete(why));
        return 1;
      }
      request(session, name, copies.tables());
      copies
          .refused()
          .forEach(
              (table, why) ->
                  command
                      .commandLine()
                      .getErr()
                      .printf("%s: no copy: %s%n", table, connection.remedy(name).complete(why)));
      return copies.refused().isEmpty() ? 0 : 1;
    }
  }

  private int request(Connection session, String queueName, Collection<TableId> wanted)
      throws SQLException {
    PublishedTables published =
        PublishedTables.of(connection.file().name(), FileValues.of(connection.file()));
    boolean sound = true;
    for (TableId table : wanted) {
      CopyRequests.request(session, queueName, table);
      command.commandLine().getOut().printf("%s: copy requested%n", table);
      Optional<String> warning = published.warning(table);
      warning.ifPresent(text -> command.commandLine().getErr().println("Warning: " + text));
      sound &= all || warning.isEmpty();
    }
    return sound ? 0 : 1;
  }
}
