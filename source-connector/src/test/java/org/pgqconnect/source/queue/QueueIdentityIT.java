/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * A queue is the same one as long as nobody drops it, and every session has an attempt of its own.
 */
class QueueIdentityIT {
  private final TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
  private TestSession session;
  private Queue queue;

  @BeforeEach
  void open() throws SQLException {
    session = database.open();
    queue = new Queue(session.connection(), "q", "c");
  }

  @AfterEach
  void close() throws SQLException {
    session.close();
    database.close();
  }

  @Test
  void everySessionHasTheNextNumberAndALaterAttempt() throws SQLException {
    long before = System.currentTimeMillis();
    Queue.Attempt first = queue.beginSession(true);
    Queue.Attempt second = queue.beginSession(true);
    assertThat(second.number()).isEqualTo(first.number() + 1);
    assertThat(first.attempt()).isBetween(before - 600_000, before + 600_000);
    assertThat(second.attempt()).isGreaterThan(first.attempt());
    assertThat(second.identity()).isEqualTo(first.identity());
  }

  @Test
  void anAttemptNeverFallsWhenTheClockIsSetBack() throws SQLException {
    Queue.Attempt first = queue.beginSession(true);
    session.run("update pgq_connect.queue_identity set attempt = attempt + 1000000");
    assertThat(queue.beginSession(true).attempt()).isEqualTo(first.attempt() + 1_000_001);
  }

  @Test
  void aQueueThatWasDroppedAndMadeAnewIsAnother() throws SQLException {
    Queue.Attempt first = queue.beginSession(true);
    session.run("select pgq.drop_queue('q', true)");
    session.run("select pgq.create_queue('q')");
    Queue.Attempt second = queue.beginSession(true);
    assertThat(second.identity().provider()).isEqualTo(first.identity().provider());
    assertThat(second.identity().queueIdentity()).isNotEqualTo(first.identity().queueIdentity());
    assertThat(second.attempt()).isGreaterThanOrEqualTo(first.attempt());
    assertThat(session.text("select count(*) from pgq_connect.queue_identity")).isEqualTo("1");
  }

  @Test
  void aQueueIdThatIsUsedAgainIsAnotherQueue() throws SQLException {
    Queue.Attempt first = queue.beginSession(true);
    session.run("update pgq_connect.queue_identity set event_table = 1");
    assertThat(queue.beginSession(true).identity()).isNotEqualTo(first.identity());
  }

  /** A dump keeps rows, and gives every table another oid. */
  @Test
  void aRestoredDumpKeepsTheQueuesIdentity() throws SQLException {
    Queue.Attempt first = queue.beginSession(true);
    session.run("update pgq_connect.queue_identity set event_table = 1, home = 1");
    assertThat(queue.beginSession(true).identity()).isEqualTo(first.identity());
    assertThat(queue.beginSession(true).identity()).isEqualTo(first.identity());
    assertThat(
            session.text(
                "select event_table <> 1 and home = 'pgq_connect.queue_identity'::regclass from"
                    + " pgq_connect.queue_identity"))
        .isEqualTo("t");
  }
}
