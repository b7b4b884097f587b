/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.status;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.cli.options.ConnectOption;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.cli.options.FileValues;
import org.pgqconnect.cli.output.FailureTrace;
import org.pgqconnect.cli.output.Failures;
import org.pgqconnect.cli.tables.PublishedTables;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.connect.ConnectorStatus;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.ShellWord;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.sink.install.SubscriptionStatus;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.intake.TopicOwnership;
import org.pgqconnect.sink.tables.SubscribedTable;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.TableState;
import org.pgqconnect.source.copy.CopyWaits;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.external.ExternalTables;
import org.pgqconnect.wire.TopicNames;
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
      "The exit code is 0 when everything runs: connectors and all their tasks are RUNNING, every"
          + " table is ok, the provider captures it, loses nothing of it and begins requested"
          + " copies within --max-wait (asked with --source), and no sink waits longer than"
          + " --max-wait, has stored nothing for longer (or than its source.silence.max.ms), or has"
          + " met records that it cannot place. It is 1 when something does not, also when an"
          + " operator paused it, and 3 when something could not be asked."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect status --source config/source.json --sink config/sink.json",
      "  pgq-connect status --sink config/sink.json --connect http://connect:8083"
    })
public final class StatusCommand implements Callable<Integer> {
  private static final String CONSUMERS =
      """
      select c.consumer_name, c.last_tick, q.last_tick_id, c.pending_events,
             extract(epoch from c.lag)::bigint
        from pgq.get_consumer_info(?) c join pgq.get_queue_info(?) q using (queue_name)
       order by 1\
      """;

  private static final String RUNNING = "RUNNING";

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
      description =
          "REST API of a Connect worker: it is asked for the states of the files' connectors, or of"
              + " all. Default: "
              + ConnectOption.DEFAULT
              + ".")
  private String connect;

  @Option(names = "--no-connect", description = "Do not ask a worker, only the databases.")
  private boolean noConnect;

  @Option(
      names = "--max-wait",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long a sink may wait for something. Default: ${DEFAULT-VALUE}.")
  private long maxWait;

  @Spec private CommandSpec command;

  private UncapturedTables uncaptured;
  private UnheardTables unheard;
  private boolean sound = true;
  private boolean answered = true;

  @Override
  public Integer call() {
    if (source == null && sinks.isEmpty() && connect == null) {
      throw new ParameterException(
          command.commandLine(), "Status of what? Give --source, --sink or --connect");
    }
    if (noConnect && connect != null) {
      throw new ParameterException(command.commandLine(), "Give --connect or --no-connect");
    }
    Optional<ConnectorConfig> sourceFile = Optional.ofNullable(source).map(ConnectorConfig::load);
    List<ConnectorConfig> sinkFiles = sinks.stream().map(ConnectorConfig::load).toList();
    if (!noConnect) {
      Map<String, Path> files = new LinkedHashMap<>();
      sourceFile.ifPresent(file -> files.put(file.name(), source));
      for (int i = 0; i < sinks.size(); i++) {
        files.put(sinkFiles.get(i).name(), sinks.get(i));
      }
      ConnectRest rest = ConnectOption.rest(connect == null ? ConnectOption.DEFAULT : connect);
      ask(() -> connectors(rest, files));
    }
    sourceFile.ifPresent(file -> ask(() -> provider(file)));
    sinkFiles.forEach(file -> ask(() -> subscriber(file)));
    return !answered ? Failures.EXIT_CODE : sound ? 0 : 1;
  }

  /** One of those that are asked. */
  private interface Question {
    void ask() throws SQLException;
  }

  /** What one cannot answer does not hide what the others say. */
  private void ask(Question question) {
    try {
      question.ask();
    } catch (SQLException | RuntimeException e) {
      answered = false;
      PrintWriter err = command.commandLine().getErr();
      err.println("pgq-connect: " + Failures.describe(e));
    }
  }

  private void say(String format, Object... arguments) {
    command.commandLine().getOut().printf(format + "%n", arguments);
  }

  private void wrong(String format, Object... arguments) {
    sound = false;
    say(format, arguments);
  }

  private void connectors(ConnectRest rest, Map<String, Path> wanted) {
    List<String> there = rest.list();
    List<String> names = wanted.isEmpty() ? there : new ArrayList<>(wanted.keySet());
    if (names.isEmpty()) {
      wrong("The worker %s has no connector", rest.base());
    }
    for (String name : names) {
      Optional<ConnectorStatus> status = rest.status(name);
      if (status.isEmpty()) {
        wrong(
            "connector %-30s is not on the worker %s. Deploy it: %s; or give the worker that has"
                + " it: --connect URL",
            name, rest.base(), Remedy.deploy(rest.base().toString(), wanted.get(name).toString()));
      } else {
        print(rest, name, status.get());
      }
    }
  }

  private void print(ConnectRest rest, String name, ConnectorStatus status) {
    print("connector %-30s".formatted(name), status.connector());
    for (int task = 0; task < status.tasks().size(); task++) {
      print("    task %d".formatted(task), status.tasks().get(task));
    }
    String state = status.connector().state();
    if (status.tasks().isEmpty() && state.equals(RUNNING)) {
      wrong("    no task yet: the worker has not started it");
    } else if (state.equals("PAUSED") || state.equals("STOPPED")) {
      say(
          "    an operator %s it. To resume it: curl -X PUT %s",
          state.equals("PAUSED") ? "paused" : "stopped",
          ShellWord.of(rest.address(name) + "/resume"));
    }
  }

  private void print(String what, ConnectorStatus.Part part) {
    say("%s %s%s", what, part.state(), part.workerId().isEmpty() ? "" : " on " + part.workerId());
    if (!part.state().equals(RUNNING)) {
      sound = false;
      FailureTrace.reason(part.trace()).forEach(line -> say("        %s", line));
    }
  }

  private void provider(ConnectorConfig file) throws SQLException {
    FileValues values = FileValues.of(file);
    String queue =
        values
            .given("queue.name")
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "The file of connector \"%s\" has no queue.name: add it"
                            .formatted(file.name())));
    String consumer = values.consumer();
    boolean registered;
    try (Connection session = ConnectionOptions.open("provider", file)) {
      Set<String> consumers = consumers(session, queue);
      registered = consumers.contains(consumer);
      if (registered) {
        boolean shared = consumers.size() > 1;
        uncaptured = captured(session, values, queue);
        if (!values.is("mode", "events")) {
          PublishedTables published = PublishedTables.of(file.name(), values);
          unheard = unheard(uncaptured, published);
          copies(session, queue, published, shared);
          triggers(session, queue, published);
          if (!values.is("capture", "external")) {
            uncaptured(session, queue, published);
          }
        }
      }
    }
    if (!registered) {
      wrong(
          "provider  queue %s has no consumer %s: its source connector has not started there yet",
          queue, consumer);
    }
  }

  /** Prints how far each consumer of the queue is; returns their names. */
  private Set<String> consumers(Connection provider, String queue) throws SQLException {
    Set<String> names = new LinkedHashSet<>();
    new Session(provider)
        .each(
            CONSUMERS,
            row -> {
              names.add(row.getString(1));
              say(
                  "provider  queue %s, consumer %s: at tick %d of %d, about %d events behind, lag"
                      + " %d s",
                  queue,
                  row.getString(1),
                  row.getLong(2),
                  row.getLong(3),
                  row.getLong(4),
                  row.getLong(5));
            },
            queue,
            queue);
    return names;
  }

  /**
   * Of a table that the source leaves out no copy is due; but one that was asked for is meant to
   * come.
   *
   * @param shared whether another consumer reads the queue, which may publish it
   */
  private void copies(Connection session, String queue, PublishedTables published, boolean shared)
      throws SQLException {
    Remedy remedy = Remedy.ofFile(source.toString(), queue);
    for (CopyWaits copy : CopyWaits.of(session, queue)) {
      Optional<String> leftOut = published.warning(copy.table());
      if (leftOut.isEmpty()) {
        copy.problem(maxWait, remedy).ifPresent(problem -> wrong("    %s", problem));
      } else if (!shared && copy.seconds() > maxWait) {
        wrong(
            "    The copy of table %s was requested %d s ago. %s. Or stop capturing it: %s",
            copy.table(), copy.seconds(), leftOut.get(), remedy.remove(copy.table()));
      }
    }
  }

  /** What the triggers of the published tables miss or lose. */
  private void triggers(Connection session, String queue, PublishedTables published)
      throws SQLException {
    Remedy remedy = Remedy.ofFile(source.toString(), queue);
    for (TableState table : new CaptureInstaller().verify(session, queue)) {
      if (table.remedy() == null || !published.names(table.table())) {
        continue;
      }
      // The source does that itself at its next check, where it can; nothing is lost until then.
      sound &= table.state().isFixedByRefresh();
      say(
          "    %-40s %s: %s",
          table.table(), table.state().name().replace('_', ' '), table.detail());
      say("        fix it: %s", remedy.complete(table.remedy()));
    }
  }

  private void uncaptured(Connection session, String queue, PublishedTables published)
      throws SQLException {
    Remedy remedy = Remedy.ofFile(source.toString(), queue);
    for (TableId table : published.uncaptured(session, TableCopies.captured(session, queue))) {
      wrong("    %s", PublishedTables.uncapturedProblem(table, queue, remedy));
    }
  }

  /**
   * What the provider captures, for the subscribers to be compared with; null when the events'
   * tables cannot be determined from the catalog.
   */
  private UncapturedTables captured(Connection session, FileValues values, String queue)
      throws SQLException {
    String prefix = values.given("topic.prefix").orElse("");
    boolean external = values.is("capture", "external");
    if (prefix.isBlank() || values.is("mode", "events")) {
      return null;
    }
    ExternalTables foreign = new ExternalTables(session, queue);
    Set<TableId> tables = new LinkedHashSet<>(TableCopies.captured(session, queue));
    tables.addAll(foreign.published());
    // A Londiste branch fills its queue without triggers, and a trigger may compute names.
    boolean named =
        foreign.triggers().stream()
            .noneMatch(trigger -> trigger.row() && trigger.publishedAs().isEmpty());
    return named && !(external && tables.isEmpty())
        ? new UncapturedTables(prefix, queue, tables, Remedy.ofFile(source.toString(), queue))
        : null;
  }

  private static UnheardTables unheard(UncapturedTables captured, PublishedTables published) {
    return captured == null
        ? null
        : new UnheardTables(
            captured.prefix(),
            captured.queue(),
            captured.captured().stream().filter(published::names).collect(Collectors.toSet()),
            captured.remedy());
  }

  private void subscriber(ConnectorConfig file) throws SQLException {
    FileValues values = FileValues.of(file);
    String name = values.subscription();
    try (Connection session = ConnectionOptions.open("subscriber", file)) {
      if (!SubscriberInstaller.isInstalled(session)) {
        wrong(
            "subscriber: schema pgq_connect is not installed. The sink connector does it when it"
                + " starts, or: %s",
            Remedy.subscriberInstall(ConnectionOptions.connection(file)));
        return;
      }
      Optional<SubscriptionStatus> status =
          SubscriberInstaller.readStatus(session).stream()
              .filter(s -> s.name().equals(name))
              .findFirst();
      status.ifPresentOrElse(
          found -> {
            print(found, StalledSink.bound(values.some(StalledSink.SOURCE_SILENCE), maxWait));
            if (unheard != null) {
              unheard
                  .problems(found, ownership(values))
                  .forEach(problem -> wrong("    %s", problem));
            }
          },
          () -> wrong("subscriber %s: not there yet, its sink connector has not started", name));
    }
  }

  private static Ownership ownership(FileValues values) {
    return TopicOwnership.of(
        new TopicNames(values.given(TopicOwnership.TOPIC_PREFIX).orElse("")),
        values.given(TopicOwnership.TOPICS).orElse(""),
        values.given(TopicOwnership.TOPICS_REGEX).orElse(null),
        values.given(TopicOwnership.TABLE_INCLUDE_LIST).orElse(null));
  }

  private void print(SubscriptionStatus status, StalledSink stalled) {
    say(
        "subscriber %s: %s, last batch applied at %s%s",
        status.name(),
        status.tickId() == null
            ? "no batch yet"
            : "at tick %d made at %s".formatted(status.tickId(), status.tickTime()),
        status.updatedAt(),
        status.connected() ? "" : ", its sink is not connected");
    sound &= status.connected() && status.tickId() != null;
    if (status.waitingFor() != null) {
      sound &= status.waitingSeconds() <= maxWait;
      say("    waits for %d s: %s", status.waitingSeconds(), status.waitingFor());
    }
    stalled.problem(status).ifPresent(problem -> wrong("    %s", problem));
    status
        .notApplied()
        .forEach(
            (reason, records) -> {
              sound &= UnappliedRecords.arePlaced(reason);
              say("    %s", UnappliedRecords.line(reason, records));
            });
    printTables(status);
  }

  private void printTables(SubscriptionStatus status) {
    Map<TableId, String> problems = uncaptured == null ? Map.of() : uncaptured.problems(status);
    for (SubscriptionStatus.Table table : status.tables()) {
      say("    %-40s %s", table.table(), table.stage().label());
      sound &= table.stage() == SubscribedTable.Stage.OK;
      String problem = problems.get(table.table());
      // Where none can be requested, the note's command for a copy would fail.
      if (table.note() != null
          && (problem == null || table.stage() != SubscribedTable.Stage.EXPECTING_COPY)) {
        wrong("        %s", table.note());
      }
      if (problem != null) {
        wrong("        %s", problem);
      }
    }
  }
}
