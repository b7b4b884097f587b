/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.pgqconnect.sink.store.StatusReport;
import org.pgqconnect.sink.watch.Summary.Waiting;
import org.pgqconnect.time.NanoClock;

/**
 * How long the sink has waited for the same thing, and when that is worth a write: when it begins
 * to last, changes or ends, and now and then for the counts of what is not applied.
 */
public final class WaitWatch {
  private static final long LONG_MILLIS = 10_000;
  private static final long COUNTS_MILLIS = 30_000;

  private final NanoClock clock;
  private String key = "";
  private String waitingFor = "";
  private long since;
  private String reported;
  private boolean stored;
  private Map<String, Long> reportedCounts = Map.of();
  private long reportedAt;

  public WaitWatch(NanoClock clock) {
    this.clock = clock;
  }

  /** Notes what the sink waits for now; it begins anew when that is something else. */
  public void note(Waiting waiting) {
    if (waiting.batch() == null) {
      note("", "", 0);
    } else {
      note(waiting.what() + waiting.topic(), waiting.text(), 0);
    }
  }

  /** Notes that the source has been silent for too long. */
  public void noteSilence(String what, long millis) {
    note(what, what, millis);
  }

  /**
   * Notes that the subscriber failed, and that it is tried again; other words of it are news of the
   * same.
   *
   * @param millis for how long that lasts
   */
  public void noteFailure(String what, long millis) {
    note("failure", what, millis);
  }

  private void note(String newKey, String text, long millis) {
    if (!newKey.equals(key)) {
      key = newKey;
      since = clock.millis() - millis;
    }
    waitingFor = text;
  }

  /** What was to be stored was not: it is due again. */
  public void notStored() {
    stored = false;
  }

  /** For how long nothing has changed; 0 when the sink waits for nothing. */
  public long waitedMillis() {
    return waitingFor.isEmpty() ? 0 : clock.millis() - since;
  }

  /** What to store, when there is something new. */
  public Optional<StatusReport> report(Map<String, Long> notApplied) {
    String text = waitedMillis() >= LONG_MILLIS ? waitingFor : "";
    boolean countsDue =
        clock.millis() - reportedAt >= COUNTS_MILLIS && !notApplied.equals(reportedCounts);
    if (stored && Objects.equals(text, reported) && !countsDue) {
      return Optional.empty();
    }
    reported = text;
    stored = true;
    reportedCounts = notApplied;
    reportedAt = clock.millis();
    return Optional.of(
        new StatusReport(
            text.isEmpty() ? null : text, text.isEmpty() ? 0 : waitedMillis(), notApplied));
  }
}
