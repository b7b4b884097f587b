/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/**
 * Where the ticker and the reader meet: the ticker reports ticks and failures, the reader waits for
 * them, says when it is busy and may ask for a tick.
 */
public final class TickSignal {
  private final NanoClock clock;
  private long lastTick;
  private boolean requested;
  private boolean readerBusy = true;
  private Exception failure;
  private String endedQueue;
  private Throwable end;
  private long lastTickNanos;

  /** No tick is known. */
  public TickSignal(NanoClock clock) {
    this.clock = requireNonNull(clock, "clock");
    this.lastTickNanos = clock.nanos();
  }

  /**
   * A tick exists.
   *
   * @return true when it is newer than any before
   */
  synchronized boolean ticked(long tickId) {
    if (tickId <= lastTick) {
      return false;
    }
    lastTick = tickId;
    lastTickNanos = clock.nanos();
    failure = null;
    notifyAll();
    return true;
  }

  /** Ticking failed; it is tried again. */
  synchronized void failed(Exception cause) {
    failure = cause;
    notifyAll();
  }

  /**
   * The ticker's thread ends by an error and nothing is tried again. Unlike a failure this is not
   * forgotten when a new session begins. Allocates nothing, as memory may be what was lacking.
   */
  synchronized void ended(String queue, Throwable cause) {
    endedQueue = queue;
    end = cause;
    notifyAll();
  }

  /** Ends a {@link #rest}. */
  synchronized void wake() {
    notifyAll();
  }

  synchronized boolean readerBusy() {
    return readerBusy;
  }

  public synchronized boolean takeRequest() {
    boolean taken = requested;
    requested = false;
    return taken;
  }

  /** The ticker's pause; a request for a tick or a reader that begins to wait cuts it short. */
  synchronized void rest(long millis) throws InterruptedException {
    if (!requested) {
      wait(millis);
    }
  }

  /** The newest tick that is known of; 0 before the first. */
  public synchronized long newestTick() {
    return lastTick;
  }

  /** Milliseconds since a newer tick was last heard of. */
  public synchronized long millisSinceTick() {
    return (clock.nanos() - lastTickNanos) / 1_000_000;
  }

  /** True when there is a tick that the reader has not come to. */
  public synchronized boolean hasTickAfter(long tickId) {
    return lastTick > tickId;
  }

  /** A session began: what an earlier one said may be of a history that the provider lost. */
  public synchronized void restart(long newestTick) {
    lastTick = newestTick;
    failure = null;
  }

  /** Asks for a tick although nothing may have changed. */
  public synchronized void requestTick() {
    requested = true;
    notifyAll();
  }

  /**
   * Waits for a tick newer than the reader's position.
   *
   * @param millis the longest wait
   * @return true when there is one
   * @throws Exception what the ticker failed with since the last tick, or ended with
   */
  public synchronized boolean await(long position, long millis) throws Exception {
    if (lastTick <= position) {
      readerBusy = false;
      notifyAll();
      Interval waiting = new Interval(clock, Duration.ofMillis(millis));
      long left = millis;
      while (lastTick <= position && failure == null && end == null && left > 0) {
        wait(left);
        left = waiting.millisLeft();
      }
      readerBusy = true;
    }
    throwFailure();
    return lastTick > position;
  }

  private void throwFailure() throws Exception {
    if (end != null) {
      throw new StopException(
          ("The thread that makes or watches for the ticks of queue \"%s\" ended: %s. Without ticks"
               + " nothing is published. Restart the task: POST /connectors/<name>/tasks/0/restart."
               + " If it ends again: an OutOfMemoryError wants a larger heap for the worker"
               + " (KAFKA_HEAP_OPTS), a class that is missing wants the connector's plugin"
               + " directory whole")
              .formatted(endedQueue, end),
          end);
    }
    if (failure != null) {
      Exception cause = failure;
      failure = null;
      throw cause;
    }
  }
}
