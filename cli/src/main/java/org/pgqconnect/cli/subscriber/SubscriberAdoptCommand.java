/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.subscriber;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.cli.options.FileValues;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.admin.Adoption;
import org.pgqconnect.sink.admin.LondisteLeaf;
import org.pgqconnect.sink.install.SubscriberInstaller;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pgq-connect subscriber adopt}. */
@Command(
    name = "adopt",
    description = {
      "Declares that a subscriber holds tables as they were at a tick of the provider's queue, so"
          + " that its sink",
      "connector continues from there without a copy. Run it before that connector is created."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  Take a Londiste node over, whose worker is stopped:",
      "    pgq-connect subscriber adopt --config config/sink.json --londiste bank",
      "  Rows that were brought there otherwise:",
      "    pgq-connect subscriber adopt --config config/sink.json --tick 1234 \\",
      "        public.accounts"
    })
final class SubscriberAdoptCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;

  @Option(
      names = "--subscription",
      paramLabel = "NAME",
      description = "Default: subscription.name of the --config file, or the connector's name.")
  private String subscription;

  @ArgGroup(multiplicity = "1")
  private Origin origin;

  /** Where the rows come from. */
  private static final class Origin {
    @Option(
        names = "--londiste",
        paramLabel = "QUEUE",
        description =
            "This database is a Londiste node of this queue: its tick and its tables are taken.")
    private String londisteQueue;

    @Option(names = "--tick", paramLabel = "TICK", description = "The tick; name the tables.")
    private Long tick;
  }

  @Parameters(arity = "0..*", paramLabel = "TABLE", description = "Tables, as schema.table.")
  private List<String> tables = List.of();

  @Option(
      names = "--move",
      description = {
        "Move a subscription that has a position already. Refused when tables that it holds, and"
            + " that are not named,",
        "would miss changes."
      })
  private boolean move;

  @Option(
      names = "--copy-others",
      description =
          "With --move: tables that the subscription holds, and that are not named, wait for a copy"
              + " when they miss changes.")
  private boolean copyOthers;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    connection.ofSubscription(subscription);
    ConnectorConfig file = connection.file();
    if (origin.tick != null && tables.isEmpty()) {
      throw new ParameterException(
          command.commandLine(), "Which tables does the subscriber hold at that tick? Name them");
    }
    if (copyOthers && !move) {
      throw new ParameterException(
          command.commandLine(), "--copy-others is about a subscription that is moved: add --move");
    }
    String prefix =
        FileValues.of(file)
            .given("topic.prefix")
            .orElseThrow(
                () ->
                    new ParameterException(
                        command.commandLine(), "Give --config with the sink connector's file"));
    String name = subscriptionName(file);
    try (Connection session = connection.open("subscriber")) {
      if (!SubscriberInstaller.isInstalled(session)) {
        SubscriberInstaller.install(session);
      }
      long tick;
      List<TableId> held = new ArrayList<>();
      if (origin.tick != null) {
        tick = origin.tick;
        tables.forEach(table -> held.add(TableId.parse(table)));
      } else {
        tick = londiste(session, held, Remedy.ofPrefix(prefix));
      }
      Again again = new Again(held, Remedy.ofPrefix(prefix));
      Adoption adoption = new Adoption(name, prefix, tick, held);
      Adoption.Outcome outcome = Adoption.adopt(session, adoption, moving(), again);
      PrintWriter out = command.commandLine().getOut();
      String state = outcome.before().map("catching-up until tick %d"::formatted).orElse("ok");
      held.forEach(table -> out.printf("%s: %s%n", table, state));
      outcome
          .toCopy()
          .forEach(
              table ->
                  out.printf(
                      "%s: expecting-copy: once the sink runs: %s%n",
                      table, again.resync(List.of(table))));
      out.printf("subscription %s: at tick %d%n", name, tick);
      outcome
          .before()
          .ifPresent(
              before ->
                  out.printf(
                      "It was at tick %d. If the topics no longer hold tick %d and what follows,"
                          + " its sink stops at the gap. As long as nothing was applied since, this"
                          + " goes back, with the named tables waiting for a copy: %s%n",
                      before, tick, adoption.wayBack(before)));
      out.flush();
    }
    return 0;
  }

  private Adoption.Moving moving() {
    if (!move) {
      return Adoption.Moving.NO;
    }
    return copyOthers ? Adoption.Moving.COPY_OTHERS : Adoption.Moving.ALL_NAMED;
  }

  /** This command once more, with other options. */
  private final class Again implements Adoption.Commands {
    private final List<TableId> held;
    private final Remedy remedy;

    Again(List<TableId> held, Remedy remedy) {
      this.held = held;
      this.remedy = remedy;
    }

    @Override
    public Optional<String> naming(Collection<TableId> others) {
      // A node's tables are those that Londiste knows.
      if (origin.tick == null && !others.isEmpty()) {
        return Optional.empty();
      }
      List<TableId> all = new ArrayList<>(held);
      all.addAll(others);
      return Optional.of(Remedy.subscriberAdopt(all, options("--move")));
    }

    @Override
    public String copyingOthers() {
      return Remedy.subscriberAdopt(held, options("--move", "--copy-others"));
    }

    @Override
    public String resync(Collection<TableId> others) {
      return remedy.resync(others);
    }

    private String[] options(String... more) {
      List<String> options = new ArrayList<>(connection.given());
      if (subscription != null) {
        options.addAll(Remedy.option("--subscription", subscription));
      }
      options.addAll(
          origin.tick == null
              ? Remedy.option("--londiste", origin.londisteQueue)
              : Remedy.option("--tick", origin.tick.toString()));
      options.addAll(List.of(more));
      return options.toArray(String[]::new);
    }
  }

  private long londiste(Connection session, List<TableId> held, Remedy remedy) throws SQLException {
    LondisteLeaf node = LondisteLeaf.read(session, origin.londisteQueue);
    PrintWriter out = command.commandLine().getOut();
    for (LondisteLeaf.Table table : node.tables()) {
      if (!tables.isEmpty() && !tables.contains(table.id().toString())) {
        continue;
      }
      if (table.problem() == null) {
        held.add(table.id());
      } else {
        out.printf("%s: left out: %s%n", table.id(), remedy.complete(table.problem()));
      }
    }
    if (held.isEmpty()) {
      throw new StopException(
          "Londiste node \"%s\" has no table that could be taken over, so nothing was changed"
              .formatted(node.name()));
    }
    out.printf(
        "Londiste node %s (worker %s): at tick %d%n", node.name(), node.worker(), node.tick());
    return node.tick();
  }

  private String subscriptionName(ConnectorConfig file) {
    return subscription != null ? subscription : FileValues.of(file).subscription();
  }
}
