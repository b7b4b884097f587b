package org.pgqconnect.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which queue a command is about: an option, or the connector file's queue.name. */
final class QueueOption {
  @Option(names = "--queue", description = "Name of the queue. Default: queue.name of the --config file.")
  private String queue;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  String name(ConnectorFile file) {
    if (queue != null) {
      return queue;
    }
    return file.get("queue.name")
        .orElseThrow(
            () ->
                new ParameterException(
                    command.commandLine(),
                    "Which queue? Give --queue, or --config with a source connector's file"));
  }
}
