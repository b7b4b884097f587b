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
import org.pgqconnect.cli.options.FileValues;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.source.engine.Engine;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.engine.EngineKind;
import org.pgqconnect.source.engine.Removal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgq-connect provider uninstall}. */
@Command(
    name = "uninstall",
    description = {
      "Removes what pgq-connect put on a provider: its triggers, schema pgq_connect, and the"
          + " built-in engine.",
      "The queue that is named goes with them, and of its consumers the one of the --config file.",
      "Other queues, consumers and triggers on the built-in engine are named and kept: then nothing"
          + " is removed.",
      "The extension pgq and PgQ of other origin stay, with all queues; tables that are captured"
          + " into other queues",
      "than the one that is named are named and kept: then nothing is removed.",
      "Where the database is a subscriber, too, its subscriptions stay."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect provider uninstall --config config/source.json",
      "  pgq-connect provider uninstall --host db1 --dbname bank --user bank_owner \\",
      "      --password --force"
    })
final class ProviderUninstallCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;

  @Option(
      names = "--queue",
      description = "The queue that is removed, too. Default: queue.name of the --config file.")
  private String queue;

  @Option(
      names = "--force",
      description =
          "Remove other queues, consumers and triggers of the built-in engine as well, and the"
              + " capture into other queues.")
  private boolean force;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    ConnectorConfig file = connection.file();
    String ownQueue = queue != null ? queue : FileValues.of(file).given("queue.name").orElse(null);
    String ownConsumer = FileValues.of(file).consumer();
    PrintWriter out = command.commandLine().getOut();
    try (Connection session = connection.open("provider")) {
      Engine engine = uninstall(session, new Removal(ownQueue, ownConsumer, force));
      String address = connection.connection().address();
      if (SubscriberInstaller.isInstalled(session)) {
        out.printf(
            "%s: what a provider has in schema pgq_connect, and its triggers, are removed; the"
                + " subscriber's part stays%n",
            address);
      } else {
        out.printf("%s: schema pgq_connect and its triggers are removed%n", address);
      }
      if (engine.kind() == EngineKind.BUILT_IN) {
        out.printf("%s is removed; roles pgq_reader, pgq_writer and pgq_admin stay%n", engine);
      } else if (engine.kind() != EngineKind.NONE) {
        out.printf(
            "%s stays, with its queues and consumers. A consumer without a reader blocks"
                + " rotation; drop a queue with: select pgq.drop_queue(%s, true);%n",
            engine, ownQueue == null ? "'<queue>'" : Identifiers.literal(ownQueue));
      }
    }
    return 0;
  }

  private Engine uninstall(Connection session, Removal removal) throws SQLException {
    try {
      return new EngineInstaller().uninstall(session, removal);
    } catch (StopException e) {
      throw new StopException(completed(e, removal), e);
    } catch (SQLException e) {
      throw new SQLException(completed(e, removal), e.getSQLState(), e);
    }
  }

  private String completed(Exception failure, Removal removal) {
    String queueOrNone = removal.ownQueue() == null ? "" : removal.ownQueue();
    return connection.remedy(queueOrNone).complete(failure.getMessage());
  }
}
