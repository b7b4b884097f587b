/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A subscriber that fails and comes back loses nothing, doubles nothing and needs no operator. */
class RecoveryIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void createTable() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text, n int NOT NULL DEFAULT 0)");
    queue.batch(0, 1).begin().copied(T, false).end();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  @Test
  void keepsWhatItReadWhenItsSessionIsEnded() {
    worker.start();
    worker.drain();
    database.run("SELECT pg_terminate_backend(backend_pid) FROM pgq_connect.subscription");
    queue.batch(1, 2).begin().c(T, 1L, "a").c(T, 2L, "b").end();
    worker.drain();
    assertThat(worker.lastRetry)
        .hasMessageContaining("The subscriber 127.0.0.1:" + TestDatabase.port())
        .hasMessageContaining("for subscription test-sink")
        .hasMessageContaining("(SQLSTATE 57P01). Trying again with what was read");
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("1|a", "2|b");
  }

  @Test
  void readsAgainWhenThePositionIsSetBackUnderTheRunningTask() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    worker.start();
    worker.drain();
    // As after a restore of the subscriber to an earlier state.
    database.run("DELETE FROM t");
    database.run(
        "UPDATE pgq_connect.subscription SET tick_id = 1, tick_time = NULL, offsets ="
            + " '{\"bank.public.t:0\": 0, \"bank.transaction:0\": 2}'");
    queue.batch(2, 3).begin().c(T, 2L, "b").end();
    worker.drain();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("1|a", "2|b");
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("3");
  }

  @Test
  void readsAgainWhenThePositionIsSetForwardUnderTheRunningTask() {
    worker.start();
    worker.drain();
    database.run("UPDATE pgq_connect.subscription SET tick_id = 2, tick_time = NULL");
    queue.batch(1, 2).begin().c(T, 1L, "not wanted").end();
    queue.batch(2, 3).begin().c(T, 2L, "b").end();
    worker.drain();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("2|b");
  }

  @Test
  void readsAgainWhenAnEarlierStateIsFoundAfterALostSession() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    worker.start();
    worker.drain();
    database.run("DELETE FROM t");
    database.run(
        "UPDATE pgq_connect.subscription SET tick_id = 1, tick_time = NULL, offsets = '{}'");
    database.run("SELECT pg_terminate_backend(backend_pid) FROM pgq_connect.subscription");
    queue.batch(2, 3).begin().c(T, 2L, "b").end();
    worker.drain();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("1|a", "2|b");
  }

  @Test
  void waitsForALockAndTriesAgain() {
    worker.configs().put("lock.timeout.ms", "100");
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    database.run("BEGIN; LOCK TABLE t IN EXCLUSIVE MODE");
    worker.start();
    for (int i = 0; i < 3; i++) {
      worker.poll();
    }
    assertThat(worker.lastRetry).hasMessageContaining("lock timeout (SQLSTATE 55P03)");
    database.run("COMMIT");
    worker.drain();
    assertThat(database.rows("SELECT id, v FROM t")).containsExactly("1|a");
  }

  @Test
  void startsWhileTheServerIsDownAndGoesOnWhenItIsUp() throws IOException {
    try (Proxy proxy = new Proxy()) {
      worker.configs().put("database.port", Integer.toString(proxy.port()));
      queue.batch(1, 2).begin().c(T, 1L, "a").end();
      proxy.down();
      worker.start();
      for (int i = 0; i < 3; i++) {
        worker.poll();
      }
      assertThat(worker.preCommit()).isEmpty();
      proxy.up();
      worker.drain();
      assertThat(database.rows("SELECT id, v FROM t")).containsExactly("1|a");
      proxy.down();
      queue.batch(2, 3).begin().c(T, 2L, "b").end();
      for (int i = 0; i < 3; i++) {
        worker.poll();
      }
      assertThat(worker.lastRetry).hasMessageContaining("Cannot reach the subscriber");
      queue.batch(3, 4).begin().c(T, 3L, "c").end();
      proxy.up();
      worker.drain();
      assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("3");
    }
  }

  @Test
  void aWrongPasswordStopsTheTask() {
    worker.configs().put("database.password", "wrong");
    assertThatThrownBy(worker::start)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("The password for role \"postgres\" was rejected");
  }

  /** Passes connections on to the server, or refuses and cuts them. */
  private static final class Proxy implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile boolean up = true;

    Proxy() throws IOException {
      Thread acceptor = new Thread(this::accept);
      acceptor.setDaemon(true);
      acceptor.start();
    }

    int port() {
      return listener.getLocalPort();
    }

    void up() {
      up = true;
    }

    void down() {
      up = false;
      for (Socket socket : sockets) {
        cut(socket);
      }
      sockets.clear();
    }

    private void accept() {
      while (!listener.isClosed()) {
        try {
          Socket client = listener.accept();
          if (!up) {
            client.close();
            continue;
          }
          Socket server = new Socket(InetAddress.getLoopbackAddress(), TestDatabase.port());
          sockets.addAll(List.of(client, server));
          pump(client, server);
          pump(server, client);
        } catch (IOException e) {
          continue;
        }
      }
    }

    private static void pump(Socket from, Socket to) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  from.getInputStream().transferTo(to.getOutputStream());
                } catch (IOException e) {
                  cut(to);
                }
                cut(to);
              });
      thread.setDaemon(true);
      thread.start();
    }

    private static void cut(Socket socket) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
      down();
    }
  }
}
