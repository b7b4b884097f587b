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

import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.pgqconnect.local.ConnectRest;
import org.pgqconnect.local.ConnectorConfig;
import org.pgqconnect.local.ConnectorStatus;
import org.pgqconnect.sink.position.SubscriberInstaller;
import org.pgqconnect.sink.position.SubscriptionStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pgq-connect status}. */
@Command(
    name = "status",
    description = {
      "Shows how far the provider's queue and the subscribers are, and what is wrong.",
      "The exit code is 1 when a connector has failed or a table needs somebody's attention."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect status --source config/source.json --sink config/sink.json",
      "  pgq-connect status --sink config/sink.json --connect http://connect:8083"
    })
final class StatusCommand implements Callable<Integer> {
  private static final String CONSUMERS =
      """
      select c.consumer_name, c.last_tick, q.last_tick_id, c.pending_events,
             extract(epoch from c.lag)::bigint
        from pgq.get_consumer_info(?) c join pgq.get_queue_info(?) q using (queue_name)
       order by 1""";

  private static final String WORKERS_OWN =
      "org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask";

  private static final String CAUSED_BY = "Caused by: ";

  @Option(
      names = "--source",
      paramLabel = "FILE",
      description = "A source connector's file: its provider is asked.")
  private Path source;

  @Option(
      names = "--sink",
      paramLabel = "FILE",
      description = "A sink connector's file: its subscriber is asked. May be repeated.")
  private List<Path> sinks = List.of();

  @Option(
      names = "--connect",
      paramLabel = "URL",
      description = "REST API of a Connect worker: it is asked for the connectors' states.")
  private String connect;

  @Spec private CommandSpec command;

  private boolean sound = true;

  @Override
  public Integer call() throws SQLException {
    if (source == null && sinks.isEmpty() && connect == null) {
      throw new ParameterException(
          command.commandLine(), "Status of what? Give --source, --sink or --connect");
    }
    if (connect != null) {
      connectors(ConnectOption.rest(connect));
    }
    if (source != null) {
      provider(ConnectorConfig.load(source));
    }
    for (Path sink : sinks) {
      subscriber(ConnectorConfig.load(sink));
    }
    return sound ? 0 : 1;
  }

  private void connectors(ConnectRest rest) {
    PrintWriter out = command.commandLine().getOut();
    for (String name : rest.list()) {
      Optional<ConnectorStatus> status = rest.status(name);
      out.printf(
          "connector %-30s %s%n", name, status.map(s -> s.connector().state()).orElse("gone"));
      status
          .flatMap(ConnectorStatus::failure)
          .ifPresent(
              trace -> {
                sound = false;
                reason(trace).forEach(line -> out.printf("    %s%n", line));
              });
    }
  }

  /** What the task said, without the worker's own words around it and the stack. */
  private static List<String> reason(String trace) {
    int cause = trace.startsWith(WORKERS_OWN) ? trace.indexOf(CAUSED_BY) : -1;
    return (cause < 0 ? trace : trace.substring(cause + CAUSED_BY.length()))
        .lines()
        .takeWhile(line -> !line.startsWith("\tat "))
        .toList();
  }

  private void provider(ConnectorConfig file) throws SQLException {
    PrintWriter out = command.commandLine().getOut();
    String queue = String.valueOf(file.config().get("queue.name"));
    try (Connection session =
            ConnectionOptions.open("provider", ConnectionOptions.connection(file));
        PreparedStatement statement = session.prepareStatement(CONSUMERS)) {
      statement.setString(1, queue);
      statement.setString(2, queue);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          out.printf(
              "provider  queue %s, consumer %s: at tick %d of %d, about %d events behind, lag %d s%n",
              queue,
              rows.getString(1),
              rows.getLong(2),
              rows.getLong(3),
              rows.getLong(4),
              rows.getLong(5));
        }
      }
    }
  }

  private void subscriber(ConnectorConfig file) throws SQLException {
    PrintWriter out = command.commandLine().getOut();
    String prefix = String.valueOf(file.config().get("topic.prefix"));
    try (Connection session =
        ConnectionOptions.open("subscriber", ConnectionOptions.connection(file))) {
      if (!SubscriberInstaller.isInstalled(session)) {
        sound = false;
        out.println(
            "subscriber: schema pgq_connect is not installed. Install it: pgq-connect subscriber install --help");
        return;
      }
      for (SubscriptionStatus status : SubscriberInstaller.readStatus(session)) {
        if (status.topicPrefix().equals(prefix)) {
          print(out, status);
        }
      }
    }
  }

  private void print(PrintWriter out, SubscriptionStatus status) {
    out.printf(
        "subscriber %s: %s, last batch applied at %s%s%n",
        status.name(),
        status.tickId() == null
            ? "no batch yet"
            : "at tick %d made at %s".formatted(status.tickId(), status.tickTime()),
        status.updatedAt(),
        status.connected() ? "" : ", its sink is not connected");
    for (SubscriptionStatus.Table table : status.tables()) {
      out.printf("    %-40s %s%n", table.table(), table.stage().label());
      if (table.note() != null) {
        sound = false;
        out.printf("        %s%n", table.note());
      }
    }
  }
}
