/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.connect;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Waits for something that happens elsewhere: looks, compares, sleeps, looks again.
 *
 * <p>A check that throws counts as "not yet"; what it threw last is reported, and is the cause,
 * when the time is over. Immutable.
 *
 * @param what what is waited for, as it should read after "waited for"
 * @param timeout how long to look at most
 * @param interval the pause between two checks
 * @param hopeless says, before each check, why it is pointless to continue, or nothing
 */
public record Await(
    String what, Duration timeout, Duration interval, Supplier<Optional<String>> hopeless) {

  private static final Duration INTERVAL = Duration.ofMillis(50);

  /** Waits at most {@code timeout} for {@code what}. */
  public static Await atMost(Duration timeout, String what) {
    return new Await(what, timeout, INTERVAL, Optional::empty);
  }

  /** Pauses this long between two looks. */
  public Await every(Duration interval) {
    return new Await(what, timeout, interval, hopeless);
  }

  /** Gives up at once when {@code reason} gives one. */
  public Await unless(Supplier<Optional<String>> reason) {
    return new Await(what, timeout, interval, reason);
  }

  /**
   * Looks until the condition holds and returns the value that it held for.
   *
   * @throws IllegalStateException when the time is over or it became pointless; the message names
   *     the last value
   */
  public <T> T until(Callable<T> look, Predicate<? super T> condition) {
    long start = System.nanoTime();
    while (true) {
      String seen;
      Throwable thrown = null;
      try {
        failIfHopeless();
        T value = look.call();
        if (condition.test(value)) {
          return value;
        }
        seen = "the last value was <" + value + ">";
      } catch (Hopeless e) {
        throw new IllegalStateException("Waited in vain for " + what + ": " + e.getMessage());
      } catch (InterruptedException e) {
        throw interrupted();
      } catch (Exception | AssertionError e) {
        seen = "the last check failed with " + e;
        thrown = e;
      }
      if (System.nanoTime() - start >= timeout.toNanos()) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT, "Waited %.1f s for %s; %s", timeout.toMillis() / 1000.0, what, seen),
            thrown);
      }
      pause();
    }
  }

  /** Looks until the answer is true. */
  public void until(Callable<Boolean> look) {
    until(look, Boolean.TRUE::equals);
  }

  private static final class Hopeless extends Exception {
    private static final long serialVersionUID = 1L;

    Hopeless(String reason) {
      super(reason);
    }
  }

  private void failIfHopeless() throws Hopeless {
    Optional<String> reason = hopeless.get();
    if (reason.isPresent()) {
      throw new Hopeless(reason.get());
    }
  }

  private void pause() {
    try {
      Thread.sleep(interval.toMillis());
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private IllegalStateException interrupted() {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Interrupted while waiting for " + what);
  }
}
