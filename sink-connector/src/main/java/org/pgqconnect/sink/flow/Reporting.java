/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import java.sql.SQLException;
import java.time.Clock;
import java.util.Optional;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.apply.Applier;
import org.pgqconnect.sink.apply.BatchGrouper;
import org.pgqconnect.sink.apply.Subscriber;
import org.pgqconnect.sink.assemble.Awaited;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.session.SubscriberSession;
import org.pgqconnect.sink.store.StatusReport;
import org.pgqconnect.sink.watch.SilenceWatch;
import org.pgqconnect.sink.watch.Summary;
import org.pgqconnect.sink.watch.Summary.Waiting;
import org.pgqconnect.sink.watch.WaitWatch;
import org.pgqconnect.time.NanoClock;
import org.pgqconnect.wire.TopicNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports what was applied and what the sink waits for: to the log, and to status. */
final class Reporting implements Application.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Reporting.class);

  private final BatchFlow.Settings settings;
  private final Remedy remedy;
  private final NotApplied notApplied;
  private final Summary summary;
  private final WaitWatch wait;
  private final SilenceWatch silence;
  private final FailingSpell spell;
  private boolean saidSilent;

  /**
   * @param clock says for how long things last
   * @param wall says at what time they happened
   */
  Reporting(
      BatchFlow.Settings settings,
      Remedy remedy,
      NotApplied notApplied,
      NanoClock clock,
      Clock wall) {
    this.settings = settings;
    this.remedy = remedy;
    this.notApplied = notApplied;
    this.summary = new Summary(clock, wall);
    this.wait = new WaitWatch(clock);
    this.spell = new FailingSpell(clock);
    this.silence =
        new SilenceWatch(
            clock, wall, settings.sourceSilenceMillis(), settings.names().transaction());
  }

  @Override
  public void applied(long batches, long rows, String tickTime) {
    summary.applied(batches, rows, tickTime);
    spell.applied();
  }

  @Override
  public void streamed(long rows) {
    summary.streamed(rows);
  }

  /** There was nothing to apply until now. */
  void idle() {
    spell.idle();
  }

  /** A batch was announced. */
  void heard() {
    silence.heard();
  }

  /** The sink had something else to do than to listen, or listens from now on. */
  void listenAnew() {
    silence.begin();
  }

  /** Is the silence of the source ever reported? */
  boolean reportsSilence() {
    return silence.isOn();
  }

  /** For how long the sink has waited for the same; 0 when it waits for nothing. */
  long waitedMillis() {
    return wait.waitedMillis();
  }

  /** What the sink waits for. */
  Waiting waiting(Memory memory, Subscriber subscriber, BatchGrouper grouper) {
    Awaited awaited = memory.batches().awaited(subscriber.filled());
    if (awaited.batch().isEmpty()) {
      return Waiting.FOR_NOTHING;
    }
    TopicNames names = settings.names();
    String topic = awaited.table().map(names::table).orElse(names.transaction());
    String why = grouper.refused().map(remedy::complete).orElse("");
    String what =
        why.isEmpty()
            ? awaited.inWords()
            : "batch %s: later ones, to be applied with it".formatted(awaited.batch().get());
    return new Waiting(awaited.batch().get(), what, topic, why);
  }

  /** Says in the log, once an interval, what was applied and what the sink waits for. */
  void logSummary(Waiting waiting) {
    summary
        .line(() -> waiting)
        .ifPresent(
            line -> {
              if (line.stuck()) {
                LOG.warn(line.text());
              } else {
                LOG.info(line.text());
              }
            });
  }

  /** Stores what the sink waits for, when that is news. */
  void report(Waiting waiting, Applier applier) {
    spell
        .failing()
        .ifPresentOrElse(
            failing -> wait.noteFailure(failing, spell.millis()), () -> wait.note(waiting));
    Optional<String> silent = waiting.batch() == null ? silence.problem() : Optional.empty();
    silent.ifPresent(what -> wait.noteSilence(what, silence.millis()));
    if (silent.isPresent() && !saidSilent) {
      LOG.warn("Waiting for {} [subscription={}]", silent.get(), settings.session().subscription());
    }
    saidSilent = silent.isPresent();
    wait.report(notApplied.byReason()).ifPresent(report -> store(report, applier));
  }

  private void store(StatusReport report, Applier applier) {
    try {
      if (!applier.report(report)) {
        wait.notStored();
      }
    } catch (SQLException e) {
      LOG.debug("What the sink waits for was not stored [error={}]", e.getMessage());
      wait.notStored();
      applier.close();
    }
  }

  /**
   * The subscriber failed, and is tried again.
   *
   * @param what went wrong
   * @param partsLost the batch was being written all the time, and is cut off once
   */
  void failed(String what, boolean partsLost) {
    spell.failed(
        "the subscriber to take batches: " + what + ". It is tried again until it does", partsLost);
  }

  /** Stores the failure. Retries need not come to an end, nor to a session that could say so. */
  void reportFailure() {
    spell.failing().ifPresent(failing -> wait.noteFailure(failing, spell.millis()));
    wait.report(notApplied.byReason())
        .ifPresent(
            report -> {
              try {
                SubscriberSession.report(settings.session(), report);
              } catch (SQLException e) {
                LOG.debug("The subscriber's failure was not stored [error={}]", e.getMessage());
                wait.notStored();
              }
            });
  }
}
