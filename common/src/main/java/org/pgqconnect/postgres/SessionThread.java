/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread that works in a session of its own. When the session fails, another is opened
 * after a pause; when the thread is closed, the session is closed with it.
 */
public final class SessionThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SessionThread.class);

  /** What the thread does. */
  @FunctionalInterface
  public interface Work {
    /**
     * Works in one session, which is closed afterwards. It returns when the thread is to stop; when
     * it returns before, another session is opened at once.
     *
     * @throws Exception when the session cannot continue
     */
    void run(Connection connection) throws Exception;
  }

  /** What happens when a session failed. */
  @FunctionalInterface
  public interface Failures {
    /**
     * Is called on the thread; not once the thread is to stop.
     *
     * @param failure what ended a session or kept it from being opened, an {@link Error} too
     * @return how long to wait before the next session is opened
     */
    Duration take(Throwable failure);
  }

  private final Callable<Connection> opener;
  private final Work work;
  private final Failures failures;
  private final Duration patience;
  private final Thread thread;

  private volatile boolean stopping;
  private volatile Connection connection;

  /**
   * @param name the thread's name
   * @param opener opens a session
   * @param patience how long {@link #close} waits for the work to end before it is interrupted
   */
  public SessionThread(
      String name, Callable<Connection> opener, Work work, Failures failures, Duration patience) {
    this.opener = requireNonNull(opener, "opener");
    this.work = requireNonNull(work, "work");
    this.failures = requireNonNull(failures, "failures");
    this.patience = requireNonNull(patience, "patience");
    this.thread = new Thread(this::run, name);
    this.thread.setDaemon(true);
  }

  /** Starts the thread; once. */
  public void start() {
    thread.start();
  }

  /** True from the moment when {@link #close} was called. Safe to ask from any thread. */
  public boolean isStopping() {
    return stopping;
  }

  /** Lets the work wait, but not once the thread is to stop. */
  public synchronized void pause(Duration pause) throws InterruptedException {
    if (!stopping && pause.toMillis() > 0) {
      wait(pause.toMillis());
    }
  }

  private void run() {
    try {
      while (!stopping) {
        session();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void session() throws InterruptedException {
    try (Connection opened = opener.call()) {
      connection = opened;
      work.run(opened);
    } catch (InterruptedException e) {
      throw e;
    } catch (Throwable e) {
      if (!stopping) {
        pause(failures.take(e));
      }
    }
  }

  /** Stops the work. A session that does not end in time is cut off. */
  @Override
  public void close() {
    synchronized (this) {
      stopping = true;
      notifyAll();
    }
    try {
      thread.join(patience.toMillis());
      Connection open = connection;
      if (thread.isAlive() && open != null) {
        open.abort(Runnable::run);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      LOG.debug("A session did not end cleanly [thread={}]", thread.getName(), e);
    }
  }
}
