/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.it.stack.TaskPair;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CaptureOptions;
import org.pgqconnect.source.copy.CopyRequests;

/**
 * Tables that are added, removed, left out, made anew and renamed in any order, on either side,
 * between writes. A table that is {@code ok} is equal whenever everything is applied, and what is
 * not {@code ok} gets there by what its note or the failure says. The sequences are the same ones
 * in each run, unless {@code -Dpgqconnect.membership.seconds} says how long to try others; {@code
 * -Dpgqconnect.membership.seed} repeats one.
 */
class TableMembershipIT {
  private static final Long SECONDS = Long.getLong("pgqconnect.membership.seconds");
  private static final Long SEED = Long.getLong("pgqconnect.membership.seed");
  private static final List<String> TABLES = List.of("a", "b", "c");
  private static final String COLUMNS = " (id int primary key, v int)";
  private static final Pattern COMMAND =
      Pattern.compile(
          "pgq-connect provider (add|resync)(?: --[a-z-]+[ =]\\S+)*((?: public\\.\\w+)+)");

  @Test
  void aTableThatIsOkIsEqualWhateverHappenedToIt() throws Exception {
    PostgresServer server = TestStack.postgres().start();
    try {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS == null ? 45 : SECONDS);
      long seed = SECONDS == null ? 1 : System.nanoTime();
      if (SEED != null) {
        seed = SEED;
      }
      int number = 0;
      do {
        try (Sequence sequence = new Sequence(server, number++, seed)) {
          sequence.run();
        }
        seed++;
      } while (SEED == null && System.nanoTime() < until);
    } finally {
      server.close();
    }
  }

  /** One sequence of steps. */
  private static final class Sequence implements AutoCloseable {
    private final long seed;
    private final Random random;
    private final PostgresServer server;
    private final String name;
    private final Connection provider;
    private final Map<String, Connection> subscribers = new HashMap<>();
    private final TaskPair tasks = new TaskPair();
    private final CaptureInstaller capture = new CaptureInstaller();
    private final List<String> log = new ArrayList<>();
    private Set<String> published = new TreeSet<>(TABLES);
    private Set<String> taken = new TreeSet<>(TABLES);
    private int beat;

    Sequence(PostgresServer server, int number, long seed) throws SQLException {
      this.seed = seed;
      this.random = new Random(seed);
      this.server = server;
      this.name = "m" + number;
      provider = server.connect(server.createDatabase(name));
      sql(provider, "create table beat" + COLUMNS + "; insert into beat values (1, 0)");
      for (String table : TABLES) {
        sql(provider, "create table " + table + COLUMNS);
      }
      subscribe("s1");
    }

    private void subscribe(String subscriber) throws SQLException {
      Connection session = server.connect(server.createDatabase(name + subscriber));
      subscribers.put(subscriber, session);
      sql(session, "create table beat" + COLUMNS);
      for (String table : TABLES) {
        sql(session, "create table " + table + COLUMNS);
      }
    }

    void run() throws Exception {
      try {
        write();
        startSource();
        startSink("s1");
        settle();
        int steps = 10 + random.nextInt(21);
        for (int i = 0; i < steps; i++) {
          step(random.nextInt(15), TABLES.get(random.nextInt(TABLES.size())));
          write();
          if (random.nextInt(3) == 0) {
            settle();
            requireOkIsEqual();
          }
        }
        finish();
      } catch (Exception | AssertionError e) {
        throw new AssertionError("Seed " + seed + ", steps " + log, e);
      }
    }

    private void step(int kind, String table) throws Exception {
      log.add(kind + " " + table);
      switch (kind) {
        case 0 -> remove(table);
        case 1 -> capture.add(provider, "q", id(table), CaptureOptions.defaults());
        case 2 -> addWithoutCopy(table);
        case 3 -> {
          published.remove(table);
          startSource();
        }
        case 4 -> {
          published.add(table);
          startSource();
        }
        case 5 -> {
          taken.remove(table);
          startSink("s1");
        }
        case 6 -> {
          taken.add(table);
          startSink("s1");
        }
        case 7 -> resync(table);
        case 8 -> {
          sql(provider, "drop table " + table + "; create table " + table + COLUMNS);
          startSource();
        }
        case 9 -> {
          sql(subscribers.get("s1"), "drop table " + table + "; create table " + table + COLUMNS);
          touch(table);
        }
        case 10 -> {
          sql(subscribers.get("s1"), "alter table " + table + " rename to gone_" + log.size());
          sql(subscribers.get("s1"), "create table " + table + COLUMNS);
          startSink("s1");
        }
        case 11 -> {
          String other = TABLES.get((TABLES.indexOf(table) + 1) % TABLES.size());
          sql(
              provider,
              "begin; alter table %1$s rename to x; alter table %2$s rename to %1$s; alter table x rename to %2$s; commit"
                  .formatted(table, other));
          startSource();
        }
        case 12 -> {
          sql(provider, "alter table " + table + " disable trigger user");
          touch(table);
          sql(provider, "alter table " + table + " enable trigger user");
          startSource();
        }
        case 13 -> startSource();
        default -> startSink("s1");
      }
    }

    /** Where names were exchanged it does what the refusal says. */
    private void remove(String table) throws SQLException {
      try {
        capture.remove(provider, "q", id(table));
      } catch (SQLException e) {
        if (!e.getMessage().contains("To give each its present name: ./pgq-connect provider add")) {
          throw e;
        }
        capture.add(provider, "q", id(table), CaptureOptions.defaults());
        capture.remove(provider, "q", id(table));
      }
    }

    /** What the subscriber holds is made equal by hand, while nothing is written. */
    private void addWithoutCopy(String table) throws Exception {
      settle();
      remove(table);
      equalize(table, subscribers.get("s1"));
      capture.add(provider, "q", id(table), CaptureOptions.defaults().withoutCopy());
    }

    private void equalize(String table, Connection subscriber) throws SQLException {
      sql(subscriber, "delete from " + table);
      String rows =
          scalar(provider, "select string_agg(format('(%s, %s)', id, v), ', ') from " + table);
      if (rows != null) {
        sql(subscriber, "insert into " + table + " values " + rows);
      }
    }

    private void touch(String table) throws SQLException {
      sql(
          provider,
          "insert into %s values (%d, %d) on conflict (id) do update set v = excluded.v"
              .formatted(table, random.nextInt(20), random.nextInt(1000)));
    }

    private void write() throws Exception {
      for (int i = random.nextInt(6); i >= 0; i--) {
        String table = TABLES.get(random.nextInt(TABLES.size()));
        if (random.nextInt(4) == 0) {
          sql(provider, "delete from %s where id = %d".formatted(table, random.nextInt(20)));
        } else {
          touch(table);
        }
        if (random.nextInt(4) == 0) {
          pump();
        }
      }
    }

    private static TableId id(String table) {
      return new TableId("public", table);
    }

    private void resync(String table) throws SQLException {
      try {
        CopyRequests.request(provider, "q", id(table));
      } catch (IllegalArgumentException e) {
        log.add(e.getMessage());
      }
    }

    private void startSource() throws Exception {
      Map<String, String> config = connector("source", name);
      config.put("queue.name", "q");
      config.put("table.include.list", included(published));
      tasks.startSource(config);
    }

    private void startSink(String subscriber) throws Exception {
      Map<String, String> config = connector(subscriber, name + subscriber);
      config.put("topics.regex", "p\\..*");
      config.put("table.include.list", included(taken));
      try {
        tasks.startSink(subscriber, config);
      } catch (ConnectException e) {
        fix(e.getMessage());
        startSink(subscriber);
      }
    }

    private static String included(Set<String> tables) {
      return tables.stream().map(t -> "public." + t).collect(Collectors.joining(","))
          + (tables.isEmpty() ? "" : ",")
          + "public.beat";
    }

    private Map<String, String> connector(String connector, String database) {
      Map<String, String> config = new HashMap<>();
      config.put("name", connector);
      config.put("topic.prefix", "p");
      config.put("database.hostname", server.host());
      config.put("database.port", String.valueOf(server.port()));
      config.put("database.user", server.user());
      config.put("database.password", server.password());
      config.put("database.dbname", database);
      return config;
    }

    /** A little of everything; what fails is fixed as the failure says. */
    private boolean pump() throws Exception {
      boolean any = false;
      if (!tasks.sourceRuns()) {
        return false;
      }
      try {
        any |= tasks.pollSource();
      } catch (ConnectException e) {
        fix(e.getMessage());
        startSource();
        any = true;
      }
      for (String subscriber : List.copyOf(subscribers.keySet())) {
        try {
          any |= tasks.pollSink(subscriber);
        } catch (ConnectException e) {
          fix(e.getMessage());
          startSink(subscriber);
          any = true;
        }
      }
      return any;
    }

    private void fix(String message) throws Exception {
      log.add("failure: " + message);
      Matcher command = COMMAND.matcher(message);
      boolean any = false;
      while (command.find()) {
        any = true;
        for (String table : command.group(2).trim().split(" ")) {
          TableId id = TableId.parse(table);
          log.add("remedy: " + command.group(1) + " " + id);
          if (command.group(1).equals("add")) {
            capture.add(provider, "q", id, CaptureOptions.defaults());
          } else {
            resync(id.table());
          }
        }
      }
      assertThat(any).as("a remedy in: " + message).isTrue();
    }

    /** Waits until everything written so far is applied, and every copy made. */
    private void settle() throws Exception {
      beat++;
      sql(provider, "update beat set v = " + beat);
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
      int quiet = 0;
      while (quiet < 2) {
        if (System.nanoTime() > until) {
          throw new AssertionError("Nothing moves; copies: " + copies() + ", " + states("s1"));
        }
        boolean any = pump();
        quiet = !any && isSettled() ? quiet + 1 : 0;
      }
    }

    private boolean isSettled() throws SQLException {
      if (copies().stream().anyMatch(c -> c.endsWith(" open"))) {
        return false;
      }
      for (Connection subscriber : subscribers.values()) {
        if (!String.valueOf(beat).equals(scalar(subscriber, "select max(v) from beat"))) {
          return false;
        }
      }
      return true;
    }

    /** The copies of tables that the source publishes. */
    private List<String> copies() throws SQLException {
      List<String> copies = new ArrayList<>();
      for (String table : published) {
        copies.add(
            table
                + " "
                + scalar(
                    provider,
                    "select max(case when state in ('done', 'removed') then state else 'open' end)"
                        + " from pgq_connect.table_copy where table_name = '"
                        + table
                        + "'"));
      }
      return copies;
    }

    private String states(String subscriber) throws SQLException {
      return scalar(
          subscribers.get(subscriber),
          "select string_agg(table_name || ' ' || state, ', ' order by table_name) from"
              + " pgq_connect.subscribed_table");
    }

    private void requireOkIsEqual() throws SQLException {
      for (Map.Entry<String, Connection> subscriber : subscribers.entrySet()) {
        for (String table : TABLES) {
          if (isReplicated(table) && isOk(subscriber.getValue(), table)) {
            assertThat(rows(subscriber.getValue(), table))
                .as("%s of %s, which is ok", table, subscriber.getKey())
                .isEqualTo(rows(provider, table));
          }
        }
      }
    }

    private boolean isReplicated(String table) throws SQLException {
      return published.contains(table)
          && taken.contains(table)
          && scalar(
                  provider,
                  "select 1 from pgq_connect.captured_table where table_name = '" + table + "'")
              != null;
    }

    private static boolean isOk(Connection subscriber, String table) throws SQLException {
      return "ok".equals(stateOf(subscriber, table, "state"));
    }

    private static String stateOf(Connection subscriber, String table, String column)
        throws SQLException {
      return scalar(
          subscriber,
          "select %s from pgq_connect.subscribed_table where table_name = '%s'"
              .formatted(column, table));
    }

    private static String rows(Connection session, String table) throws SQLException {
      return scalar(session, "select string_agg(id || '=' || v, ' ' order by id) from " + table);
    }

    /** Everything comes back, a subscriber comes late, and all gets well as notes say. */
    private void finish() throws Exception {
      log.add("finish");
      published = new TreeSet<>(TABLES);
      taken = new TreeSet<>(TABLES);
      startSource();
      startSink("s1");
      settle();
      requireOkIsEqual();
      if (random.nextInt(3) == 0) {
        log.add("late");
        subscribe("s2");
        startSink("s2");
        settle();
        requireOkIsEqual();
      }
      for (int round = 0; round < 3; round++) {
        for (Connection subscriber : subscribers.values()) {
          for (String table : Arrays.asList("a", "b", "c", "beat")) {
            if (!isOk(subscriber, table)) {
              fix(stateOf(subscriber, table, "note"));
            }
          }
        }
        settle();
      }
      for (Map.Entry<String, Connection> subscriber : subscribers.entrySet()) {
        for (String table : TABLES) {
          assertThat(stateOf(subscriber.getValue(), table, "state || coalesce(note, '')"))
              .as("%s of %s", table, subscriber.getKey())
              .isEqualTo("ok");
        }
      }
      requireOkIsEqual();
    }

    @Override
    public void close() throws SQLException {
      tasks.close();
      provider.close();
      for (Connection subscriber : subscribers.values()) {
        subscriber.close();
      }
    }
  }
}
