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
package org.pgqconnect.local;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Providers, subscribers, Kafka and Connect workers, started together, as far as possible at the
 * same time, and stopped together.
 */
public final class LocalStack implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LocalStack.class);

  private final StackDirectory directory = StackDirectory.create();
  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final Map<String, PostgresServer> servers = new LinkedHashMap<>();
  private final List<ConnectWorker> workers = new ArrayList<>();
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

  private void startKafkaAndWorkers() {
    KafkaBroker broker =
        timed(
            "Kafka",
            () -> KafkaBroker.create(plan.kafka, directory.make("kafka"), LocalStack::nothing));
    kafka = opened(broker);
    List<ConnectWorker> all = new ArrayList<>();
    for (int i = 0; i < plan.workers; i++) {
      all.add(launchWorker());
    }
    timed(
        plan.workers + " worker(s)",
        () -> {
          all.forEach(ConnectWorker::awaitReady);
          return all;
        });
  }

  private void startServer(String name, Builder.Server server) {
    PostgresServer running =
        timed(
            name,
            () ->
                PostgresServer.create(
                    server.setup(), directory.make("postgres-" + name), LocalStack::nothing));
    opened(running);
    server.databases().forEach(running::createDatabase);
    synchronized (this) {
      servers.put(name, running);
    }
  }

  private synchronized ConnectWorker launchWorker() {
    Path home = directory.make("worker-" + workers.size());
    ConnectWorker worker =
        ConnectWorker.launch(plan.connect, kafka.bootstrapServers(), home, LocalStack::nothing);
    workers.add(worker);
    return opened(worker);
  }

  private synchronized <T extends AutoCloseable> T opened(T server) {
    started.push(server);
    return server;
  }

  /** Stops everything, the last started first, and deletes its files. */
  @Override
  public void close() {
    while (!started.isEmpty()) {
      AutoCloseable server = started.pop();
      try {
        server.close();
      } catch (Exception e) {
        LOG.warn("Could not stop {}", server, e);
      }
    }
    directory.close();
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
            "pgq-connect-stack-start");
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  private static <T> T timed(String what, Supplier<T> start) {
    long begin = System.nanoTime();
    T result = start.get();
    LOG.debug("Started {} in {} ms", what, millisSince(begin));
    return result;
  }

  private static long millisSince(long begin) {
    return (System.nanoTime() - begin) / 1_000_000;
  }
}
