/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.options;

import org.pgqconnect.connect.ConnectorConfig;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which queue a command is about: an option, or the connector file's queue.name. */
public final class QueueOption {
  @Option(
      names = "--queue",
      description = "Name of the queue. Default: queue.name of the --config file.")
  private String queue;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** A message whose commands lack the database or the connector's name, with those that run. */
  public static String completed(CommandLine command, String message) {
    ConnectionOptions connection = null;
    QueueOption queue = null;
    for (CommandSpec mixin : command.getCommandSpec().mixins().values()) {
      if (mixin.userObject() instanceof ConnectionOptions options) {
        connection = options;
      } else if (mixin.userObject() instanceof QueueOption option) {
        queue = option;
      }
    }
    try {
      if (connection == null) {
        return message;
      }
      return queue == null
          ? connection.remedy().complete(message)
          : connection.remedy(queue.name(connection.file())).complete(message);
    } catch (RuntimeException e) {
      // What kept the command from knowing its database is the message itself.
      return message;
    }
  }

  public String name(ConnectorConfig file) {
    if (queue != null) {
      return queue;
    }
    return FileValues.of(file)
        .given("queue.name")
        .orElseThrow(
            () ->
                new ParameterException(
                    command.commandLine(),
                    "Which queue? Give --queue, --config with a source connector's file, or"
                        + " --prefix"));
  }
}
