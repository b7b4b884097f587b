/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.TableState;
import org.pgqconnect.source.capture.TriggerState;
import org.pgqconnect.source.engine.LockAttempts;
import org.pgqconnect.source.session.SessionSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks whether the triggers of all published tables are there and enabled. */
public final class TriggerWatch {
  private static final Logger LOG = LoggerFactory.getLogger(TriggerWatch.class);

  private static final Duration REFRESH_LOCK_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration LOOK_LOCK_TIMEOUT = Duration.ofSeconds(3);

  /**
   * What is watched, and what follows.
   *
   * @param streamsEvents whether the events are an application's own: no triggers belong to them
   * @param external whether PgQ's own triggers fill the queue with changes
   * @param tables which tables are published
   * @param provisions whether what a refresh puts right is refreshed
   * @param failsOnLostTriggers whether the task stops when changes are lost
   * @param remedy commands about the queue
   */
  public record Settings(
      String queue,
      boolean streamsEvents,
      boolean external,
      Predicate<TableId> tables,
      boolean provisions,
      boolean failsOnLostTriggers,
      Remedy remedy) {}

  private final Settings settings;
  private final Predicate<TableId> tables;
  private final Optional<ExternalTriggerCheck> foreign;
  private volatile CaptureSummary seen = new CaptureSummary(0, 0, List.of());
  private Set<TableState> reported = new HashSet<>();

  public TriggerWatch(Settings settings) {
    this.settings = requireNonNull(settings, "settings");
    this.tables = settings.tables();
    this.foreign =
        settings.external()
            ? Optional.of(new ExternalTriggerCheck(settings.queue()))
            : Optional.empty();
  }

  /** What the last check found. Safe to ask from any thread. */
  public CaptureSummary summary() {
    return seen;
  }

  /**
   * Looks.
   *
   * @throws StopException when changes of a table are lost and the configuration says to stop
   */
  public synchronized void check(Connection provider) throws SQLException {
    Optional<List<TableState>> seen = lookWithoutWaiting(provider);
    if (seen.isPresent()) {
      check(provider, seen.get());
    }
  }

  /**
   * A table that another session has locked must not delay the reader, or the check of all others,
   * for long.
   */
  private Optional<List<TableState>> lookWithoutWaiting(Connection provider) throws SQLException {
    SessionSettings.limitLockWaits(provider, LOOK_LOCK_TIMEOUT);
    try {
      return Optional.of(watched(provider));
    } catch (SQLException e) {
      if (!SqlState.is(e, SqlState.LOCK_NOT_AVAILABLE)) {
        throw e;
      }
      LOG.warn(
          "The triggers of queue \"{}\" cannot be checked, because another session holds a lock:"
              + " {}. To see which: select l.relation::regclass, a.pid, a.usename, a.state,"
              + " a.xact_start from pg_locks l join pg_stat_activity a on a.pid = l.pid where"
              + " l.mode = 'AccessExclusiveLock' and l.granted and l.relation is not null",
          settings.queue(),
          e.getMessage());
      return Optional.empty();
    } finally {
      if (!provider.isClosed()) {
        SessionSettings.limitLockWaits(provider, Duration.ZERO);
      }
    }
  }

  private void check(Connection provider, List<TableState> first) throws SQLException {
    List<TableState> states = first;
    if (refresh(provider, states)) {
      states = lookWithoutWaiting(provider).orElse(first);
    }
    List<TableState> bad = states.stream().filter(state -> state.remedy() != null).toList();
    List<TableState> losing = bad.stream().filter(state -> state.state().losesChanges()).toList();
    seen =
        new CaptureSummary(
            states.size() - losing.size(), losing.size(), bad.stream().map(this::message).toList());
    report(bad);
    if (settings.failsOnLostTriggers()) {
      failure(losing)
          .ifPresent(
              failure -> {
                throw failure;
              });
    }
  }

  private List<TableState> watched(Connection provider) throws SQLException {
    return states(provider).stream().filter(state -> tables.test(state.table())).toList();
  }

  /**
   * Takes new partitions up and makes altered tables fast again, where the connector provisions and
   * its role can. What cannot be done now is reported, and tried again at the next check.
   *
   * @return whether a table was refreshed
   */
  private boolean refresh(Connection provider, List<TableState> states) {
    boolean any = false;
    // Partitions that are captured separately share a name, and are refreshed together.
    Set<TableId> tried = new HashSet<>();
    for (TableState state : states) {
      if (settings.provisions() && state.state().isFixedByRefresh() && tried.add(state.table())) {
        any |= refresh(provider, state);
      }
    }
    return any;
  }

  private boolean refresh(Connection provider, TableState state) {
    try {
      new CaptureInstaller(new LockAttempts(REFRESH_LOCK_TIMEOUT, 1, Duration.ZERO))
          .refresh(provider, settings.queue(), state.table());
      LOG.info(
          "Table {} of queue \"{}\" is refreshed: {} ({})",
          state.table(),
          settings.queue(),
          state.state(),
          state.detail());
      return true;
    } catch (SQLException | StopException e) { // The table may be gone by now.
      LOG.debug("Table {} cannot be refreshed now", state.table(), e);
      return false;
    }
  }

  /** The states of the tables that our own triggers capture, and that PgQ's own do. */
  private List<TableState> states(Connection provider) throws SQLException {
    if (settings.streamsEvents()) {
      return List.of();
    }
    CaptureInstaller capture = new CaptureInstaller();
    capture.renewRowMarks(provider, settings.queue());
    List<TableState> states = new ArrayList<>(capture.verify(provider, settings.queue()));
    if (foreign.isPresent()) {
      states.addAll(foreign.get().check(provider));
    }
    for (TableState state : states) {
      if (state.state() == TriggerState.FORM_UNSAFE) {
        capture.noteUnordered(provider, settings.queue(), state.table());
      }
    }
    return states;
  }

  /** Warns of what is new; what was fixed and comes again is new. */
  private void report(List<TableState> bad) {
    for (TableState state : bad) {
      if (!reported.contains(state)) {
        LOG.warn(message(state));
      }
    }
    reported.stream()
        .filter(state -> bad.stream().noneMatch(b -> b.table().equals(state.table())))
        .forEach(
            state ->
                LOG.info(
                    "Table {} of queue \"{}\" is captured again", state.table(), settings.queue()));
    reported = new HashSet<>(bad);
  }

  private Optional<StopException> failure(List<TableState> losing) {
    if (losing.isEmpty()) {
      return Optional.empty();
    }
    List<String> messages = new ArrayList<>(losing.stream().map(this::message).toList());
    // What was dropped cannot be copied; what was made anew is copied when it is added.
    List<TableId> tables =
        losing.stream()
            .filter(state -> state.state() != TriggerState.TABLE_MISSING)
            .map(TableState::table)
            .toList();
    return Optional.of(
        new StopException(
            String.join("; ", messages)
                + (tables.isEmpty()
                    ? ""
                    : ". Changes made meanwhile are not captured: have the table copied again: "
                        + settings.remedy().resync(tables))));
  }

  private String message(TableState state) {
    return "Table %s of queue \"%s\": %s (%s). Fix it: %s"
        .formatted(
            state.table(),
            settings.queue(),
            state.state(),
            state.detail(),
            settings.remedy().complete(state.remedy()));
  }
}
