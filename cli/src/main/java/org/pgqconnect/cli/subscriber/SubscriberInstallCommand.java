/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.subscriber;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.sink.install.SubscriberInstaller;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgq-connect subscriber install}. */
@Command(
    name = "install",
    description = {
      "Creates schema pgq_connect on a subscriber, where the position is kept.",
      "The sink connector does it automatically when its role can create schemas. May be repeated."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect subscriber install --config config/sink.json",
      "  pgq-connect subscriber install --host db2 --dbname bank --user postgres \\",
      "      --password --grant-to pgq_connect"
    })
final class SubscriberInstallCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;

  @Option(
      names = "--grant-to",
      paramLabel = "ROLE",
      description = "Role that the sink connector logs in as, if it is another.")
  private String grantTo;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    try (Connection session = connection.open("subscriber")) {
      SubscriberInstaller.install(session);
      if (grantTo != null) {
        SubscriberInstaller.grant(session, grantTo);
      }
    }
    command
        .commandLine()
        .getOut()
        .println("Schema pgq_connect is installed on " + connection.connection().address());
    return 0;
  }
}
