/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.sink.position.TickTime;
import org.pgqconnect.time.NanoClock;

/** One line per interval: what was applied, and what the sink waits for. */
public final class Summary {
  private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final NanoClock clock;
  private final Clock wall;
  private long since;
  private long transactions;
  private long batches;
  private long rows;
  private String tickTime = "";
  private long appliedAt;
  private BatchId lastAwaited;

  /**
   * @param clock says when the interval is over
   * @param wall gives the time at which batches were applied
   */
  public Summary(NanoClock clock, Clock wall) {
    this.clock = clock;
    this.wall = wall;
    this.since = clock.nanos();
  }

  public void applied(long newBatches, long newRows, String lastTickTime) {
    transactions++;
    batches += newBatches;
    rows += newRows;
    tickTime = lastTickTime;
    appliedAt = wall.millis();
  }

  public void streamed(long newRows) {
    rows += newRows;
  }

  /** The line, when the interval is over and there is something to say. */
  public Optional<Line> line(Supplier<Waiting> waitingFor) {
    long now = clock.nanos();
    if (now - since < INTERVAL_NANOS) {
      return Optional.empty();
    }
    Waiting waits = waitingFor.get();
    boolean idle = batches == 0 && rows == 0;
    boolean stuck = idle && waits.batch() != null && waits.batch().equals(lastAwaited);
    boolean silent = idle && waits.batch() == null;
    String line =
        "Applied [batches=%d, transactions=%d, rows=%d, lagMs=%s, seconds=%d]%s"
            .formatted(
                batches,
                transactions,
                rows,
                lag(tickTime, appliedAt),
                TimeUnit.NANOSECONDS.toSeconds(now - since),
                waits.batch() == null ? "" : "; waiting for " + waits.text());
    lastAwaited = waits.batch();
    since = now;
    batches = 0;
    transactions = 0;
    rows = 0;
    return silent ? Optional.empty() : Optional.of(new Line(line, stuck));
  }

  /**
   * What the sink waits for.
   *
   * @param batch the head batch, or null when nothing is pending
   * @param topic where the rest of it is to come from
   * @param why what was refused so far, or empty; it may differ each time though the sink waits for
   *     the same
   */
  public record Waiting(BatchId batch, String what, String topic, String why) {
    public static final Waiting FOR_NOTHING = new Waiting(null, "", "", "");

    String text() {
      return "%s%s, from topic %s".formatted(what, why.isEmpty() ? "" : " (" + why + ")", topic);
    }
  }

  /**
   * A line to log.
   *
   * @param stuck for a whole interval the sink waited for one batch and applied nothing
   */
  public record Line(String text, boolean stuck) {}

  /**
   * From the tick to its application, in milliseconds; a question mark when the time is unknown.
   */
  public static String lag(String tickTime, long appliedAtMillis) {
    return TickTime.parse(tickTime)
        .map(tick -> Long.toString(appliedAtMillis - tick.toEpochMilli()))
        .orElse("?");
  }
}
