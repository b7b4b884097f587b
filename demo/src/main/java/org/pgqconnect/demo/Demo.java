/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.connect.ConnectorStatus;

/** The demo, from its first server to its verdict. */
final class Demo {
  private static final String QUEUE = "bank";
  private static final long COPY_SECONDS = 120;
  private static final long CATCH_UP_SECONDS = 60;

  private final Settings settings;
  private final PrintWriter out;
  private final Map<String, Connection> sessions = new LinkedHashMap<>();
  private final Map<String, TotalsWatch> watches = new LinkedHashMap<>();

  /** What the command line asks for. */
  record Settings(
      int seconds, int sessions, int accounts, long pauseMillis, int postgres, boolean keep) {}

  Demo(Settings settings, PrintWriter out) {
    this.settings = settings;
    this.out = out;
  }

  /**
   * Runs it.
   *
   * @return true when nothing was ever wrong
   */
  boolean run() throws SQLException, InterruptedException {
    say(
        "Starting PostgreSQL %d three times, a Kafka broker and a Connect worker ...",
        settings.postgres);
    long begin = System.nanoTime();
    try (DemoStack stack = DemoStack.start(settings.postgres)) {
      say("Started in %.1f s. Logs: %s", (System.nanoTime() - begin) / 1e9, stack.directory());
      say("Connect REST API: %s/connectors", stack.rest().base());
      for (String name : DemoStack.names()) {
        sessions.put(name, stack.openAsOperator(name));
      }
      boolean sound = replicate(stack);
      if (settings.keep) {
        keep(stack);
      }
      return sound;
    } finally {
      for (Connection session : sessions.values()) {
        session.close();
      }
    }
  }

  private boolean replicate(DemoStack stack) throws SQLException, InterruptedException {
    try (Connection application = stack.open(DemoStack.PROVIDER)) {
      Bank.openAccounts(application, settings.accounts);
    }
    long transactions;
    try (Workload workload =
        Workload.start(
            () -> stack.open(DemoStack.PROVIDER),
            settings.sessions,
            settings.accounts,
            settings.pauseMillis)) {
      say("The bank works: %d accounts, %d sessions.", settings.accounts, settings.sessions);
      stack.deploy(stack.source());
      for (String subscriber : DemoStack.SUBSCRIBERS) {
        stack.deploy(stack.sink(subscriber));
      }
      say("Connectors are deployed; the tables are copied while the bank works.");
      awaitCopies(stack);
      watch(stack);
      live(stack, workload);
      transactions = workload.transactions();
    }
    boolean equal = compare();
    return verdict(stack, equal, transactions);
  }

  private void awaitCopies(DemoStack stack) throws SQLException, InterruptedException {
    long until = System.nanoTime() + COPY_SECONDS * 1_000_000_000L;
    for (String subscriber : DemoStack.SUBSCRIBERS) {
      while (Progress.tablesOk(sessions.get(subscriber)) < Bank.TABLES.size()) {
        failWithConnector(stack);
        if (System.nanoTime() > until) {
          throw new IllegalStateException(
              "The tables were not copied to %s within %d s; look at %s"
                  .formatted(subscriber, COPY_SECONDS, stack.directory()));
        }
        Thread.sleep(100);
      }
      say("%s holds all tables.", subscriber);
    }
  }

  private static void failWithConnector(DemoStack stack) {
    for (String connector : stack.rest().list()) {
      stack
          .rest()
          .status(connector)
          .flatMap(ConnectorStatus::failure)
          .ifPresent(
              trace -> {
                throw new IllegalStateException("Connector " + connector + " failed: " + trace);
              });
    }
  }

  private void watch(DemoStack stack) {
    BigDecimal expected = Bank.expectedBalances(settings.accounts);
    for (String subscriber : DemoStack.SUBSCRIBERS) {
      watches.put(
          subscriber, TotalsWatch.start(subscriber, () -> stack.open(subscriber), expected));
    }
  }

  private void live(DemoStack stack, Workload workload) throws SQLException, InterruptedException {
    Connection provider = sessions.get(DemoStack.PROVIDER);
    Progress.QueueState before = Progress.queue(provider, QUEUE);
    for (int second = 1; second <= settings.seconds; second++) {
      Thread.sleep(1000);
      failWithConnector(stack);
      Progress.QueueState now = Progress.queue(provider, QUEUE);
      say(
          "%3d s  %6d events/s  %4d ticks/s  %s  %d transactions",
          second,
          now.events() - before.events(),
          now.ticks() - before.ticks(),
          lags(),
          workload.transactions());
      before = now;
    }
  }

  private String lags() throws SQLException {
    StringBuilder text = new StringBuilder();
    for (String subscriber : DemoStack.SUBSCRIBERS) {
      OptionalLong lag = Progress.lagMillis(sessions.get(subscriber));
      text.append(text.length() == 0 ? "" : "  ")
          .append(subscriber)
          .append(" lag ")
          .append(lag.isPresent() ? lag.getAsLong() + " ms" : "unknown");
    }
    return text.toString();
  }

  /** Waits until both subscribers hold what the provider holds, now that it has come to rest. */
  private boolean compare() throws SQLException, InterruptedException {
    say("The bank rests. Comparing all tables by content ...");
    long until = System.nanoTime() + CATCH_UP_SECONDS * 1_000_000_000L;
    Map<TableId, TableContent> expected = contents(DemoStack.PROVIDER);
    boolean equal = true;
    for (String subscriber : DemoStack.SUBSCRIBERS) {
      Map<TableId, TableContent> found = contents(subscriber);
      while (!found.equals(expected) && System.nanoTime() < until) {
        Thread.sleep(200);
        found = contents(subscriber);
      }
      equal &= report(subscriber, expected, found);
    }
    return equal;
  }

  private Map<TableId, TableContent> contents(String name) throws SQLException {
    Map<TableId, TableContent> contents = new LinkedHashMap<>();
    for (TableId table : Bank.TABLES) {
      contents.put(table, TableContent.of(sessions.get(name), table));
    }
    return contents;
  }

  private boolean report(
      String subscriber, Map<TableId, TableContent> expected, Map<TableId, TableContent> found) {
    expected.forEach(
        (table, content) ->
            say(
                "  %-12s %-17s %s  %s",
                subscriber,
                table,
                content.equals(found.get(table)) ? "equal    " : "DIFFERENT",
                content.equals(found.get(table))
                    ? content
                    : "provider " + content + ", " + subscriber + " " + found.get(table)));
    return expected.equals(found);
  }

  private boolean verdict(DemoStack stack, boolean equal, long transactions) {
    boolean sound = equal;
    for (Map.Entry<String, TotalsWatch> entry : watches.entrySet()) {
      TotalsWatch watch = entry.getValue();
      watch.close();
      sound &= watch.violations().isEmpty() && watch.looks() > 0;
      say(
          "  %-12s looked at %d times while money moved: %s",
          entry.getKey(),
          watch.looks(),
          watch.violations().isEmpty()
              ? "the sums were right every time"
              : "WRONG, e.g. " + watch.violations().get(0));
    }
    say(
        sound
            ? "VERDICT: clean. %d transactions; both subscribers equal the provider."
            : "VERDICT: WRONG after %d transactions. Logs: " + stack.directory(),
        transactions);
    return sound;
  }

  private void keep(DemoStack stack) throws InterruptedException {
    say("");
    say("Everything is left running. Look around:");
    for (String name : DemoStack.names()) {
      say("  %-12s %s", name, stack.psql(name));
    }
    say("  Kafka        bootstrap.servers=%s", stack.kafka());
    say("  connectors   curl %s/connectors?expand=status", stack.rest().base());
    say(
        "  deploy       curl -X POST -H 'Content-Type: application/json' -d @config/sink.json"
            + " %s/connectors",
        stack.rest().base());
    say("Ctrl-C ends it.");
    Thread.currentThread().join();
  }

  private void say(String format, Object... arguments) {
    out.println(format.formatted(arguments));
    out.flush();
  }
}
