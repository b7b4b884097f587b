/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.copy.ChunkReader;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.LeftOutTables;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.decode.ChangeDecoder;
import org.pgqconnect.source.decode.EventDecoder;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.external.ExternalEventDecoder;
import org.pgqconnect.source.external.ExternalPolicy;
import org.pgqconnect.source.external.ExternalTables;
import org.pgqconnect.source.history.LostHistory;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.lock.LockHolder;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.time.NanoClock;

/**
 * One session on the provider as the queue's only reader, placed where publishing has to continue.
 * What it holds is lost with it; what was published is not.
 *
 * @param connection reads the queue; busy while a batch is read
 * @param lookups finds meanwhile what the batch's events mean
 * @param identity whose history it reads
 * @param number of this session; the next one of the provider has the next number
 * @param attempt of the batches that begin in it; greater than every one before, and than those of
 *     other providers before
 * @param newestTick the queue's newest tick when the session began
 * @param position the last published tick
 * @param offset the same, as the framework keeps it
 */
public record ProviderSession(
    Connection connection,
    Connection lookups,
    Queue queue,
    ChangeDecoder decoder,
    TableCopies copies,
    ChunkReader chunks,
    LeftOutTables leftOut,
    Queue.Identity identity,
    long number,
    long attempt,
    long newestTick,
    Tick position,
    SourceOffset offset)
    implements AutoCloseable {

  /**
   * Which queue of which provider is read, by whom.
   *
   * @param connector the connector's name
   * @param consumer the consumer's name in PgQ
   * @param topicPrefix under which the queue is published
   * @param streamsEvents whether the events are an application's own, not changes of tables
   * @param external what to do with events that our own triggers did not write; empty when such
   *     events are not expected
   * @param tables which tables are published
   * @param copiesAddedTables whether a table that is published again is copied
   * @param copyChunkRows how many rows of a table's copy one batch carries
   */
  public record Settings(
      ConnectionConfig connection,
      String connector,
      String queue,
      String consumer,
      String topicPrefix,
      boolean streamsEvents,
      Optional<ExternalPolicy> external,
      Predicate<TableId> tables,
      boolean copiesAddedTables,
      int copyChunkRows) {

    /** Commands about the queue. */
    public Remedy remedy() {
      return Remedy.provider(connection, queue).ofConnector(connector);
    }
  }

  /**
   * Opens a session.
   *
   * @param stored the offset of the last published batch, if there is one
   * @param clock by which it waits for a session that is just ending
   * @throws RetryException when another session reads the queue
   */
  public static ProviderSession open(
      Database database, Settings settings, Optional<SourceOffset> stored, NanoClock clock)
      throws SQLException, InterruptedException {
    Connection connection = database.open(LockHolder.application(settings.connector()));
    Connection lookups = null;
    try {
      SessionSettings.flushCommits(connection);
      Queue queue = lock(connection, settings, clock);
      Queue.Attempt begun = begin(connection, queue, settings);
      TableCopies copies = new TableCopies(connection, settings.queue(), settings.remedy());
      StartPlace start =
          StartPlace.take(connection, queue, copies, settings, stored, begun.identity());
      // Before anything is published.
      LeftOutTables leftOut = Membership.settle(connection, settings);
      lookups = database.open("pgq-connect decoder " + settings.connector());
      SessionSettings.flushCommits(lookups);
      return new ProviderSession(
          connection,
          lookups,
          queue,
          decoder(lookups, settings, clock),
          copies,
          new ChunkReader(
              connection, settings.queue(), settings.copyChunkRows(), settings.remedy(), clock),
          leftOut,
          begun.identity(),
          begun.number(),
          begun.attempt(),
          start.newestTick(),
          start.tick(),
          start.offset());
    } catch (SQLException | InterruptedException | RuntimeException e) {
      connection.close();
      if (lookups != null) {
        lookups.close();
      }
      throw e;
    }
  }

  private static Queue lock(Connection connection, Settings settings, NanoClock clock)
      throws SQLException, InterruptedException {
    Queue queue = new Queue(connection, settings.queue(), settings.consumer());
    queue.requireExists();
    requireCurrent(connection, settings);
    LostHistory.checkTicks(connection, settings.queue());
    ReaderLocks.take(connection, settings, clock);
    return queue;
  }

  /**
   * @throws StopException when another consumer publishes the queue's tables, or this one does and
   *     is not to any more while tables write to the queue; the message says how to continue
   */
  private static Queue.Attempt begin(Connection connection, Queue queue, Settings settings)
      throws SQLException {
    Queue.Attempt begun = queue.beginSession(!settings.streamsEvents());
    if (begun.publisher().isEmpty()) {
      return begun;
    }
    String publisher = begun.publisher().get();
    throw new StopException(
        publisher.equals(settings.consumer())
            ? SwitchedToEvents.message(
                settings.queue(), publisher, TableCopies.captured(connection, settings.queue()))
            : SecondPublisher.message(settings.queue(), settings.consumer(), publisher));
  }

  /** How long the provider may be silent before the session is given up. */
  public void setNetworkTimeout(int millis) throws SQLException {
    connection.setNetworkTimeout(Runnable::run, millis);
    lookups.setNetworkTimeout(Runnable::run, millis);
  }

  private static ChangeDecoder decoder(Connection connection, Settings settings, NanoClock clock) {
    EventDecoder own = new EventDecoder(settings.queue(), new Layouts(connection, clock));
    if (settings.external().isEmpty()) {
      return event -> Optional.of(own.decode(event));
    }
    return new ExternalEventDecoder(
        settings.connection().database(),
        settings.queue(),
        own,
        new ExternalTables(connection, settings.queue()),
        settings.external().get(),
        settings.remedy());
  }

  private static void requireCurrent(Connection connection, Settings settings) throws SQLException {
    if (new EngineInstaller().isOutdated(connection)) {
      throw new StopException(
          ("What is installed on the provider %s is older than this connector. The owner of schema"
                  + " pgq_connect there has to upgrade it; writers do not notice that: %s")
              .formatted(
                  settings.connection().address(),
                  settings.remedy().install(settings.connection().user())));
    }
  }

  /** Why two connectors cannot publish one queue under one prefix. */
  public static String secondPublisher(String queue, String topicPrefix, LockHolder holder) {
    return ("Queue \"%s\" is published under topic.prefix \"%s\" by connector \"%s\" already: %s. A"
            + " second one would write every row a second time into the same topics, and"
            + " subscribers could not distinguish the two. Delete one of the two connectors, or"
            + " give this one a queue, a topic.prefix and sinks of its own. If the other one is"
            + " dead, end its session: select pg_terminate_backend(%d)")
        .formatted(queue, topicPrefix, holder.connector(), holder, holder.pid());
  }

  /** Finishes a batch that Kafka has, and with it the progress of a copy and the marks sent. */
  public void finish(OpenBatch batch, Optional<CopyChunk> copied, List<CopyProgress> marks)
      throws SQLException {
    new Session(connection)
        .inTransaction(
            () -> {
              if (copied.isPresent()) {
                copies.published(copied.get(), batch.tick());
              }
              if (!marks.isEmpty()) {
                copies.markedUpTo(batch.tick(), marks);
              }
              queue.finish(batch);
            });
  }

  @Override
  public void close() throws SQLException {
    try {
      connection.close();
    } finally {
      lookups.close();
    }
  }
}
