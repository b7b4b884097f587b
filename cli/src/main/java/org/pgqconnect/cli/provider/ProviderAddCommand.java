/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.provider;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.cli.options.FileValues;
import org.pgqconnect.cli.options.QueueOption;
import org.pgqconnect.cli.tables.CopyStates;
import org.pgqconnect.cli.tables.PublishedTables;
import org.pgqconnect.postgres.Secret;
import org.pgqconnect.source.capture.CaptureForm;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CaptureOptions;
import org.pgqconnect.source.capture.RowOptions;
import org.pgqconnect.source.copy.CopyOrder;
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
      "Writers wait only while the triggers are created; a lock that is not free is tried for"
          + " again.",
      "Repeated, it repairs what is missing and keeps the options that are not given. When other"
          + " options select other rows, these are copied again. To start again: provider remove,"
          + " provider add."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect provider add --config config/source.json \\",
      "      public.accounts public.transfers",
      "  pgq-connect provider add --config config/source.json \\",
      "      --no-copy public.accounts",
      "  pgq-connect provider add --config config/source.json \\",
      "      --key tenant,code public.codes",
      "  pgq-connect provider add --config config/source.json \\",
      "      --exclude-columns notes --mask iban=hash --mask-salt \\",
      "      --where \"country = 'DE'\" public.customers"
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

  @Option(
      names = "--form",
      paramLabel = "FORM",
      description =
          "statement: once a statement, which is fastest for statements of many rows; row: once a"
              + " row, which is fastest for statements of one; auto (the default): as the table is"
              + " captured already, else statement where the table allows it.")
  private CaptureForm form = CaptureForm.AUTO;

  @Option(names = "--old-row", description = "Updates carry the row as it was, too.")
  private boolean oldRow;

  @Option(
      names = "--exclude-columns",
      split = ",",
      paramLabel = "COLUMN",
      description = "Columns that never leave the provider.")
  private List<String> exclude;

  @Option(
      names = "--only-columns",
      split = ",",
      paramLabel = "COLUMN",
      description =
          "The columns that are captured, beside the key; all others, also those added later, are"
              + " left out.")
  private List<String> only;

  @Option(
      names = "--mask",
      paramLabel = "COLUMN=MASK",
      description =
          "What replaces a column's values: null, constant:VALUE, or hash (SHA-256, in"
              + " hexadecimal).")
  private Map<String, String> masks;

  @Option(
      names = "--mask-salt",
      arity = "0..1",
      interactive = true,
      echo = false,
      paramLabel = "SALT",
      description =
          "The salt of the hashes; without a value it is asked for. Left out: a random one, so that"
              + " hashes of different tables cannot be compared.")
  private String salt;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description =
          "An SQL expression over the row's columns. A row that an update moves out of it is"
              + " deleted on the subscribers, one that is moved into it inserted.")
  private String where;

  @Option(
      names = "--skip-unchanged",
      negatable = true,
      description = "Updates that change nothing of what is captured are not replicated.")
  private Boolean skipUnchanged;

  @Parameters(arity = "1..*", paramLabel = "TABLE", description = "Tables, as schema.table.")
  private List<String> tables;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    String name = queue.name(connection.file());
    PublishedTables published =
        PublishedTables.of(connection.file().name(), FileValues.of(connection.file()));
    try (Connection session = connection.open("provider")) {
      CaptureInstaller capture = new CaptureInstaller();
      // A running source begins a copy at once.
      List<TableId> wanted = tables.stream().map(TableId::parse).toList();
      for (TableId table : CopyOrder.parentsFirst(session, wanted)) {
        CaptureInstaller.Added added = capture.addAndTell(session, name, table, options());
        command
            .commandLine()
            .getOut()
            .printf("%s: captured, %s%n", added.table().table(), CopyStates.inWords(added.copy()));
        added.warnings().forEach(this::warn);
        // No failure: with provision=none a table has to be captured before the list may name it.
        published.warning(added.table().table()).ifPresent(this::warn);
      }
    }
    return 0;
  }

  private void warn(String warning) {
    command.commandLine().getErr().println("Warning: " + warning);
  }

  private CaptureOptions options() {
    CaptureOptions options = CaptureOptions.defaults().in(form);
    options = noCopy ? options.withoutCopy() : options;
    options = key.isEmpty() ? options : options.keyedBy(key);
    options = oldRow ? options.withOldRow() : options;
    return options.of(
        new RowOptions(
            exclude, only, masks, where, skipUnchanged, salt == null ? null : new Secret(salt)));
  }
}
