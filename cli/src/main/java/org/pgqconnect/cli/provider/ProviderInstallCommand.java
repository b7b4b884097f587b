/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.provider;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.cli.options.QueueOption;
import org.pgqconnect.source.engine.Engine;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.engine.TickerSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgq-connect provider install}. */
@Command(
    name = "install",
    description = {
      "Installs PgQ and schema pgq_connect on a provider and creates the queue.",
      "The extension pgq is used when the server offers it and the role can create it, else the"
          + " built-in engine.",
      "May be repeated: what is there is kept or brought up to date."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect provider install --config config/source.json",
      "  pgq-connect provider install --host db1 --dbname bank --user bank_owner \\",
      "      --password --queue bank",
      "  pgq-connect provider install --config config/source.json --user postgres \\",
      "      --password --grant-to pgq_connect"
    })
final class ProviderInstallCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private QueueOption queue;

  @Option(
      names = "--external-ticker",
      description =
          "The queue will be ticked by pgqd or another process: keep PgQ's own tick limits.")
  private boolean externalTicker;

  @Option(
      names = "--grant-to",
      paramLabel = "ROLE",
      description =
          "Role that the source connector logs in as, if it is another. It gets what"
              + " docs/privileges.md lists.")
  private String grantTo;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    String name = queue.name(connection.file());
    PrintWriter out = command.commandLine().getOut();
    EngineInstaller installer = new EngineInstaller();
    try (Connection session = connection.open("provider")) {
      Engine engine = installer.install(session);
      out.printf("%s: %s%n", connection.connection().address(), engine);
      boolean created =
          externalTicker
              ? installer.createQueue(session, name, TickerSettings.pgqDefaults())
              : installer.createQueue(session, name);
      out.printf("queue %s: %s%n", name, created ? "created" : "is there already");
      if (grantTo != null) {
        installer.grant(session, name, grantTo);
        out.printf("role %s: can read it%n", grantTo);
      }
    }
    return 0;
  }
}
