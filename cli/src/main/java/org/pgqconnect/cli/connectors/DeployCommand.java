/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.connectors;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.pgqconnect.cli.options.ConnectOption;
import org.pgqconnect.config.ConfigKeys;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.sink.PgqSinkConnector;
import org.pgqconnect.source.PgqSourceConnector;
import org.pgqconnect.source.PgqSourceKeys;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pgq-connect connectors deploy}. */
@Command(
    name = "deploy",
    description = {
      "Creates connectors from their files, or brings existing ones to what the files say.",
      "Each is validated against the live databases first; nothing is deployed when one has errors."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect connectors deploy config/source.json config/sink.json",
      "  pgq-connect connectors deploy --connect http://connect:8083 \\",
      "      --no-wait config/sink.json",
      "  pgq-connect connectors deploy --set database.hostname=db2 config/sink.json"
    })
final class DeployCommand implements Callable<Integer> {
  @Mixin private ConnectOption connect;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Connector files, as POST /connectors takes them.")
  private List<Path> files;

  @Option(names = "--no-wait", description = "Do not wait until the connectors run.")
  private boolean noWait;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A value that replaces or adds to those of every file. May be repeated.")
  private Map<String, String> settings = Map.of();

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    List<ConnectorConfig> connectors = files.stream().map(this::load).toList();
    ConnectRest rest = connect.rest();
    boolean sound = true;
    for (ConnectorConfig connector : connectors) {
      sound &= valid(rest, connector);
    }
    if (!sound) {
      return 1;
    }
    for (ConnectorConfig connector : connectors) {
      replaced(rest, connector).ifPresent(command.commandLine().getOut()::println);
      rest.put(connector);
      if (!noWait) {
        rest.waitRunning(connector.name(), Duration.ofSeconds(60));
      }
      command
          .commandLine()
          .getOut()
          .printf("%s: %s%n", connector.name(), noWait ? "deployed" : "running");
    }
    return 0;
  }

  private static Optional<String> replaced(ConnectRest rest, ConnectorConfig connector) {
    return rest.list().contains(connector.name())
        ? ReplacedConnector.message(
            connector.name(), rest.config(connector.name()), connector.config())
        : Optional.empty();
  }

  private ConnectorConfig load(Path file) {
    ConnectorConfig connector = ConnectorConfig.load(file);
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      connector = connector.with(setting.getKey(), setting.getValue());
    }
    return connector;
  }

  private boolean valid(ConnectRest rest, ConnectorConfig connector) {
    Map<String, List<String>> errors = rest.validate(connector);
    errors.forEach(
        (key, messages) ->
            messages.forEach(
                message ->
                    command
                        .commandLine()
                        .getErr()
                        .printf("%s: %s: %s%n", connector.name(), key, message)));
    unknownKeys(connector)
        .forEach(
            key ->
                command
                    .commandLine()
                    .getErr()
                    .printf("%s: warning: %s%n", connector.name(), ConfigKeys.warning(key)));
    return errors.isEmpty();
  }

  private static List<String> unknownKeys(ConnectorConfig connector) {
    String type = connector.config().getOrDefault("connector.class", "");
    if (type.equals(PgqSourceConnector.class.getName())) {
      return PgqSourceKeys.ALL.unknown(connector.config().keySet());
    }
    return type.equals(PgqSinkConnector.class.getName())
        ? ConfigKeys.ofSink(new PgqSinkConnector().config().names())
            .unknown(connector.config().keySet())
        : List.of();
  }
}
