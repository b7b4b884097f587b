/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.provider;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.pgqconnect.cli.options.ConnectionOptions;
import org.pgqconnect.cli.options.FileValues;
import org.pgqconnect.cli.options.QueueOption;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pgq-connect provider register}. */
@Command(
    name = "register",
    description = {
      "Sets the tick of the queue at which a source connector will start, before it is created.",
      "From then on PgQ keeps the events after that tick for it."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect provider register --config config/source-londiste.json \\",
      "      --at-consumer leaf_worker",
      "  pgq-connect provider register --config config/source.json --at-tick 1234"
    })
final class ProviderRegisterCommand implements Callable<Integer> {
  private static final String CONSUMER_TICK = "select last_tick from pgq.get_consumer_info(?, ?)";

  private static final String CONSUMERS =
      "select string_agg(consumer_name, ', ' order by consumer_name) from pgq.get_consumer_info(?)";

  @Mixin private ConnectionOptions connection;
  @Mixin private QueueOption queue;

  @Option(
      names = "--consumer",
      paramLabel = "NAME",
      description =
          "The connector's name in PgQ. Default: consumer.name of the --config file, or the"
              + " connector's name.")
  private String consumer;

  @ArgGroup(multiplicity = "1")
  private Place place;

  /** Where to register. */
  private static final class Place {
    @Option(
        names = "--at-consumer",
        paramLabel = "NAME",
        description = "Where this consumer of the queue is, such as a Londiste node's worker.")
    private String otherConsumer;

    @Option(names = "--at-tick", paramLabel = "TICK", description = "At this tick.")
    private Long tick;
  }

  @Option(
      names = "--move",
      description =
          "Move a consumer that is registered already; the events between the two ticks are lost to"
              + " it or sent again. Backward, copies of tables go back with it.")
  private boolean move;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws SQLException {
    ConnectorConfig file = connection.file();
    String queueName = queue.name(file);
    String name = consumerName(file);
    try (Connection provider = connection.open("provider")) {
      Queue ours = new Queue(provider, queueName, name);
      ours.requireExists();
      long tick =
          place.tick != null
              ? place.tick
              : tickOf(new Session(provider), queueName, place.otherConsumer);
      Optional<Tick> there = ours.tick(tick);
      if (there.isEmpty()) {
        throw new StopException(
            ("Queue \"%s\" has no tick %d any more, or not yet: PgQ keeps the ticks that some"
                    + " consumer still needs. Those that are there: select min(tick_id),"
                    + " max(tick_id) from pgq.tick join pgq.queue on queue_id = tick_queue where"
                    + " queue_name = %s")
                .formatted(queueName, tick, Identifiers.literal(queueName)));
      }
      Optional<Tick> now = ours.subscription();
      if (now.isPresent() && now.get().id() != tick && !move) {
        throw new StopException(
            ("Consumer \"%s\" is registered with queue \"%s\" already, at tick %d. To move it, stop"
                    + " its connector and repeat the command with --move; a connector that has"
                    + " published continues at its own offset all the same, unless that is deleted:"
                    + " DELETE /connectors/<name>/offsets")
                .formatted(name, queueName, now.get().id()));
      }
      ours.registerAt(tick);
      command
          .commandLine()
          .getOut()
          .printf("consumer %s of queue %s: at tick %d%n", name, queueName, tick);
    }
    return 0;
  }

  private String consumerName(ConnectorConfig file) {
    if (consumer != null) {
      connection.ofConsumer(consumer);
      return consumer;
    }
    if (file.config().isEmpty()) {
      throw new ParameterException(
          command.commandLine(),
          "Which connector? Give --consumer, or --config with the source connector's file");
    }
    return FileValues.of(file).consumer();
  }

  private static long tickOf(Session session, String queue, String consumer) throws SQLException {
    Optional<Long> tick = session.first(CONSUMER_TICK, row -> row.getLong(1), queue, consumer);
    if (tick.isEmpty()) {
      throw new StopException(
          "Queue \"%s\" has no consumer \"%s\". Its consumers: %s"
              .formatted(queue, consumer, session.one(CONSUMERS, row -> row.getString(1), queue)));
    }
    return tick.get();
  }
}
