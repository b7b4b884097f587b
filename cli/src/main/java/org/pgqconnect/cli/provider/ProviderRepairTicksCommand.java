/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.provider;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.cli.options.QueueOption;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CapturedTable;
import org.pgqconnect.source.copy.CopyRequests;
import org.pgqconnect.source.history.TickRepair;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgq-connect provider repair-ticks}. */
@Command(
    name = "repair-ticks",
    description = {
      "Makes a queue usable again after the provider lost history: it was restored, or failed over"
          + " to a standby that lagged.",
      "Ticks continue with ids that no subscriber has seen, and every table that the queue captures"
          + " is copied again, also those of PgQ's own triggers. Tables that cannot be copied are"
          + " named, and the exit code is 1: what to do about them is printed. Tables that were"
          + " added after the state that was restored are not captured any more. When the server's"
          + " transaction ids are smaller than the queue's, the queue's old events are dropped."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect provider repair-ticks --config config/source.json",
      "  pgq-connect provider repair-ticks --config config/source.json --confirm"
    })
final class ProviderRepairTicksCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private QueueOption queue;

  @Option(
      names = "--confirm",
      description = "Do it. Without this, it only prints what it would do.")
  private boolean confirm;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    String name = queue.name(connection.file());
    TickRepair repair = new TickRepair(name);
    try (Connection session = connection.open("provider")) {
      CaptureInstaller capture = new CaptureInstaller();
      List<TableId> captured =
          capture.list(session, name).stream().map(CapturedTable::table).toList();
      if (!confirm) {
        print(repair.plan(session), name, CopyRequests.plan(session, name, captured));
        command
            .commandLine()
            .getOut()
            .println(
                "Nothing was changed. Stop the source connector, then repeat it with --confirm");
        return 1;
      }
      // A restore gave the tables other oids; their rows are found by name.
      CopyRequests.Plan copies = CopyRequests.plan(session, name, captured);
      for (TableId table : captured) {
        if (copies.tables().contains(table)) {
          capture.refresh(session, name, table);
        }
      }
      print(run(session, repair, copies, name), name, copies);
      done(name, copies);
      return isWhole(copies) ? 0 : 1;
    }
  }

  /** Whether copies bring all that subscribers need. */
  private static boolean isWhole(CopyRequests.Plan copies) {
    return copies.refused().isEmpty() && !copies.tables().isEmpty();
  }

  /** All or nothing: a repaired queue without the copies would continue with wrong subscribers. */
  private static TickRepair.Plan run(
      Connection provider, TickRepair repair, CopyRequests.Plan copies, String name)
      throws SQLException {
    try {
      return new Session(provider)
          .inTransaction(
              () -> {
                TickRepair.Plan plan = repair.run(provider);
                for (TableId table : copies.tables()) {
                  CopyRequests.request(provider, name, table);
                }
                return plan;
              });
    } catch (SQLException | RuntimeException e) {
      if (SqlState.is(e, SqlState.LOCK_NOT_AVAILABLE)) {
        throw new StopException(
            ("Queue \"%s\" was not repaired, nothing was changed: its tables are in use, by"
                 + " transactions that write captured tables or by readers of the queue. Stop the"
                 + " source connector, wait or end what is open (select pid, application_name,"
                 + " xact_start from pg_stat_activity where xact_start < now() - interval '2"
                 + " seconds'), and repeat the command")
                .formatted(name),
            e);
      }
      throw e;
    }
  }

  private void print(TickRepair.Plan plan, String name, CopyRequests.Plan copies) {
    PrintWriter out = command.commandLine().getOut();
    if (plan.future()) {
      out.printf(
          "queue %s: its ticks or events lie in the future of the server's transaction ids: all its"
              + " events are dropped%n",
          name);
      for (String consumer : plan.consumers()) {
        out.printf("    unread until now: %s%n", consumer);
      }
    } else {
      out.printf("queue %s: its events are kept%n", name);
    }
    out.printf("queue %s: ticks continue from %d to %d%n", name, plan.lastTick(), plan.nextTick());
    out.printf("queue %s: a new copy of %d captured tables%n", name, copies.tables().size());
    copies.tables().forEach(table -> out.printf("    %s%n", table));
    copies
        .refused()
        .forEach(
            (table, why) ->
                out.printf(
                    "queue %s: no copy of %s: %s%n",
                    name, table, connection.remedy(name).complete(why)));
    if (copies.tables().isEmpty() && copies.refused().isEmpty()) {
      out.printf(
          "queue %s: no trigger on this server writes a table's changes into it, so nothing is"
              + " copied%n",
          name);
    }
  }

  private void done(String name, CopyRequests.Plan copies) {
    PrintWriter out = command.commandLine().getOut();
    if (isWhole(copies)) {
      out.println(
          "Next, restart the source connector. Subscribers copy each of these tables again, in"
              + " place.");
    } else {
      out.println(
          "Next, restart the source connector. Subscribers keep what the provider lost, and lack"
              + " what it has instead, in every table that is not copied: compare these tables and"
              + " copy their rows by hand.");
    }
    Remedy remedy = connection.remedy(name);
    out.println(
        remedy.complete(
            "If it says that the tick of its offset is gone, reset the offset: PUT"
                + " /connectors/<name>/stop, DELETE /connectors/<name>/offsets, PUT"
                + " /connectors/<name>/resume"));
    out.printf("Then check: %s%n", remedy.tables());
    out.printf(
        "A table that was added after the restored state was saved is not listed there: it is not"
            + " captured any more, and subscribers keep it as it was. Add it again. What a"
            + " subscriber holds: select table_schema, table_name from pgq_connect.subscribed_table"
            + " where state <> 'expecting-copy'. %s (with the files of source and sinks) compares"
            + " them%n",
        Remedy.compare());
  }
}
