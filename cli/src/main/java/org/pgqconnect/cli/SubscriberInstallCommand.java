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
import java.util.concurrent.Callable;
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
      "The sink connector does it by itself when its role may create schemas. May be repeated."
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
