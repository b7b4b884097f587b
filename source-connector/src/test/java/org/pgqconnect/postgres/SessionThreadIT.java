/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.source.testing.TestServer;

class SessionThreadIT {
  private static final String OTHERS =
      "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <>"
          + " pg_backend_pid()";

  private static PostgresServer server;

  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private SessionThread thread;

  @BeforeAll
  static void startServer() {
    server = TestServer.embedded().notDurable().start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @AfterEach
  void close() {
    thread.close();
  }

  private void start(SessionThread.Work work) throws InterruptedException {
    thread =
        new SessionThread(
            "test",
            () -> server.connect("postgres"),
            work,
            failure -> {
              failures.add(failure.getMessage());
              return Duration.ZERO;
            },
            Duration.ofMillis(200));
    thread.start();
    begun.await();
  }

  private void pause() throws InterruptedException {
    begun.countDown();
    try {
      while (!thread.isStopping()) {
        thread.pause(Duration.ofHours(1));
      }
    } finally {
      ended.countDown();
    }
  }

  @Test
  void opensAnotherSessionWhenOneFailsEvenWithAnError() throws Exception {
    List<Integer> sessions = new CopyOnWriteArrayList<>();
    start(
        connection -> {
          sessions.add(
              new Session(connection).one("select pg_backend_pid()", row -> row.getInt(1)));
          if (sessions.size() == 1) {
            throw new SQLException("first");
          } else if (sessions.size() == 2) {
            throw new StackOverflowError("second");
          }
          pause();
        });
    assertThat(thread.isStopping()).isFalse();
    assertThat(failures).containsExactly("first", "second");
    assertThat(sessions).hasSize(3).doesNotHaveDuplicates();
  }

  @Test
  void aPauseEndsWhenTheThreadIsClosed() throws Exception {
    start(connection -> pause());
    thread.close();
    ended.await();
    assertThat(failures).isEmpty();
    try (Connection connection = server.connect("postgres")) {
      Session session = new Session(connection);
      Await.atMost(Duration.ofSeconds(60), "the end of the session")
          .until(() -> session.one(OTHERS, row -> row.getLong(1)) == 0);
    }
  }

  @Test
  void aStatementThatDoesNotEndIsCutOff() throws Exception {
    start(
        connection -> {
          begun.countDown();
          try {
            new Session(connection).execute("select pg_sleep(600)");
          } finally {
            ended.countDown();
          }
        });
    thread.close();
    ended.await();
    assertThat(failures).isEmpty();
    try (Connection connection = server.connect("postgres")) {
      // The server notices only when the statement ends that nobody waits for it any more.
      new Session(connection)
          .execute(
              "select pg_terminate_backend(pid) from pg_stat_activity where query like 'select"
                  + " pg_sleep%'");
    }
  }
}
