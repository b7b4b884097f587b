/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.local.connect.ConnectSetup;
import org.pgqconnect.local.connect.ConnectWorker;
import org.pgqconnect.local.kafka.KafkaBroker;
import org.pgqconnect.local.kafka.KafkaSetup;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;
import org.pgqconnect.local.process.StackDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Providers, subscribers, Kafka and Connect workers, started together, as far as possible at the
 * same time, and stopped together.
 */
public final class LocalStack implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LocalStack.class);

  private final StackDirectory directory = StackDirectory.create();
  private final Map<String, PostgresServer> servers = new ConcurrentHashMap<>();
  private final List<ConnectWorker> workers = new CopyOnWriteArrayList<>();
  private final Builder plan;
  private KafkaBroker kafka;

  private LocalStack(Builder plan) {
    this.plan = plan;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What to start. */
  public static final class Builder {

    private record Server(PostgresSetup setup, List<String> databases) {}

    private final Map<String, Server> servers = new LinkedHashMap<>();
    private KafkaSetup kafka = KafkaSetup.defaults();
    private ConnectSetup connect = ConnectSetup.defaults();
    private int workers = 1;

    private Builder() {}

    /** A PostgreSQL server that is later asked for by {@code name}, with these databases. */
    public Builder postgres(String name, PostgresSetup setup, String... databases) {
      servers.put(name, new Server(setup, List.of(databases)));
      return this;
    }

    public Builder kafka(KafkaSetup kafka) {
      this.kafka = kafka;
      return this;
    }

    /** How every worker is started. */
    public Builder connect(ConnectSetup connect) {
      this.connect = connect;
      return this;
    }

    /** How many workers are started; one by default, none with 0. */
    public Builder workers(int workers) {
      this.workers = workers;
      return this;
    }

    /**
     * Starts everything and waits until it can be used; stops what has started when a part fails.
     */
    public LocalStack start() {
      LocalStack stack = new LocalStack(this);
      try {
        stack.start();
        return stack;
      } catch (RuntimeException e) {
        stack.close();
        throw e;
      }
    }
  }

  /** The server of this name. */
  public PostgresServer postgres(String name) {
    PostgresServer server = servers.get(name);
    if (server == null) {
      throw new NoSuchElementException("No server " + name + "; there are " + servers.keySet());
    }
    return server;
  }

  public KafkaBroker kafka() {
    return kafka;
  }

  /** The worker with this number; the first is 0. */
  public ConnectWorker worker(int number) {
    return workers.get(number);
  }

  /** The REST client of the first worker. */
  public ConnectRest rest() {
    return worker(0).rest();
  }

  /** Starts one more worker of the same group. */
  public ConnectWorker addWorker() {
    ConnectWorker worker = launchWorker();
    worker.awaitReady();
    return worker;
  }

  /** Where the files and logs of all servers are until {@link #close}. */
  public Path directory() {
    return directory.path();
  }

  private void start() {
    long begin = System.nanoTime();
    List<CompletableFuture<Void>> parts = new ArrayList<>();
    parts.add(inBackground(this::startKafkaAndWorkers));
    plan.servers.forEach(
        (name, server) -> parts.add(inBackground(() -> startServer(name, server))));
    try {
      // Waits for all, also after a failure, so that close() knows everything that was started.
      CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
    LOG.debug("Started in {} ms [directory={}]", millisSince(begin), directory.path());
  }

  /** The workers look for their broker while it starts: their JVMs need their time too. */
  private void startKafkaAndWorkers() {
    kafka = KafkaBroker.prepare(plan.kafka, directory.make("kafka"), LocalStack::nothing);
    for (int i = 0; i < plan.workers; i++) {
      launchWorker();
    }
    timed("Kafka", kafka::start);
    timed(plan.workers + " worker(s)", () -> workers.forEach(ConnectWorker::awaitReady));
  }

  private void startServer(String name, Builder.Server server) {
    Path home = directory.make("postgres-" + name);
    PostgresServer running = PostgresServer.prepare(server.setup(), home, LocalStack::nothing);
    servers.put(name, running);
    timed(name, running::start);
    server.databases().forEach(running::createDatabase);
  }

  private synchronized ConnectWorker launchWorker() {
    Path home = directory.make("worker-" + workers.size());
    ConnectWorker worker =
        ConnectWorker.prepare(plan.connect, kafka.bootstrapServers(), home, LocalStack::nothing);
    workers.add(worker);
    worker.launch();
    return worker;
  }

  /** Stops workers, Kafka and databases, in this order, and deletes their files. */
  @Override
  public void close() {
    long begin = System.nanoTime();
    closeTogether(workers);
    closeTogether(kafka == null ? List.of() : List.of(kafka));
    closeTogether(servers.values());
    directory.close();
    LOG.debug("Stopped in {} ms", millisSince(begin));
  }

  private static void closeTogether(Collection<? extends AutoCloseable> servers) {
    servers.stream()
        .map(server -> inBackground(() -> closeQuietly(server)))
        .toList()
        .forEach(CompletableFuture::join);
  }

  private static void closeQuietly(AutoCloseable server) {
    try {
      server.close();
    } catch (Exception e) {
      LOG.warn("Could not stop {}", server, e);
    }
  }

  /** The stack's directory holds the files of its servers; they own none. */
  private static void nothing() {}

  private static CompletableFuture<Void> inBackground(Runnable part) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                part.run();
                done.complete(null);
              } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
              }
            },
            "pgq-connect-stack");
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  private static void timed(String what, Runnable start) {
    long begin = System.nanoTime();
    start.run();
    LOG.debug("Started {} in {} ms", what, millisSince(begin));
  }

  private static long millisSince(long begin) {
    return (System.nanoTime() - begin) / 1_000_000;
  }
}
