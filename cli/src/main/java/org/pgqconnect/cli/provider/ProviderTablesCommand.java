/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.provider;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.cli.options.FileValues;
import org.pgqconnect.cli.options.QueueOption;
import org.pgqconnect.cli.tables.CopyStates;
import org.pgqconnect.cli.tables.PublishedTables;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CapturedTable;
import org.pgqconnect.source.capture.TableState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pgq-connect provider tables}. */
@Command(
    name = "tables",
    description = {
      "Lists the captured tables and verifies their triggers.",
      "The exit code is 1 when a table is not captured as it should be."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  pgq-connect provider tables --config config/source.json")
final class ProviderTablesCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private QueueOption queue;
  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    String name = queue.name(connection.file());
    try (Connection session = connection.open("provider")) {
      CaptureInstaller capture = new CaptureInstaller();
      List<CapturedTable> tables = capture.list(session, name);
      Map<TableId, TableState> states =
          capture.verify(session, name).stream()
              .collect(
                  Collectors.toMap(
                      TableState::table,
                      Function.identity(),
                      // Several partitions may be captured separately under one name.
                      (a, b) -> a.remedy() != null ? a : b));
      PublishedTables published =
          PublishedTables.of(connection.file().name(), FileValues.of(connection.file()));
      return print(
              tables, states, capture.copies(session, name), published, connection.remedy(name))
          ? 0
          : 1;
    }
  }

  private boolean print(
      List<CapturedTable> tables,
      Map<TableId, TableState> states,
      Map<TableId, String> copies,
      PublishedTables published,
      Remedy remedy) {
    PrintWriter out = command.commandLine().getOut();
    boolean sound = true;
    for (CapturedTable table : tables) {
      TableState state = states.get(table.table());
      out.printf(
          "%-40s %-10s key (%s)  %s, %s%n",
          table.table(),
          table.form().name().toLowerCase(Locale.ROOT),
          String.join(", ", table.keyColumns()),
          state.state(),
          CopyStates.inWords(copies.get(table.table())));
      if (table.options() != null) {
        out.printf("    %s%n", table.options());
      }
      published.warning(table.table()).ifPresent(warning -> out.printf("    %s%n", warning));
      if (state.remedy() != null) {
        sound = false;
        out.printf("    %s%n    fix it: %s%n", state.detail(), remedy.complete(state.remedy()));
      }
    }
    if (tables.isEmpty()) {
      out.println("No table is captured. Add one: " + Remedy.addHelp());
    }
    return sound;
  }
}
