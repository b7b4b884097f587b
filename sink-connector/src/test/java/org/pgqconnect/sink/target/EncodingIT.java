/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A subscriber whose database has another encoding than UTF8. */
class EncodingIT {
  private static final TestQueue.Table T =
      TestQueue.table("public.t", 1, "id integer", "v character varying(5)");

  private static TestDatabase database(String encoding) {
    return new TestDatabase(
        "ENCODING '%s' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0".formatted(encoding));
  }

  @Test
  void aCharacterThatTheEncodingLacksIsReportedWithTheWayThatLeadsOut() {
    try (TestDatabase database = database("LATIN1");
        TestWorker worker = new TestWorker(database.config(), false)) {
      TestQueue queue = new TestQueue(worker);
      database.run("CREATE TABLE t (id integer PRIMARY KEY, v varchar(5))");
      queue.batch(0, 1).begin().copied(T, false).end();
      queue.batch(1, 2).begin().c(T, 1, "\u00e4").c(T, 2, "\u20ac").end();
      worker.start();
      Throwable refused = catchThrowable(worker::drain);
      assertThat(refused)
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining(
              "The subscriber rejects a row of table public.t, key (id=2), batch (1, 2]")
          .hasMessageContaining("SQLSTATE 22P05")
          .hasMessageContaining(
              "The subscriber's database has encoding LATIN1, which lacks a character of the row."
                  + " Either move the subscriber, with schema pgq_connect, to a database of"
                  + " encoding UTF8 (CREATE DATABASE \""
                  + database.name
                  + "_utf8\" ENCODING 'UTF8' TEMPLATE template0;")
          .hasMessageContaining("provider resync --prefix bank public.t")
          .hasMessageNotContaining("declared as on the provider");
      Matcher update =
          Pattern.compile("on the subscriber: (UPDATE .*?;)").matcher(refused.getMessage());
      assertThat(update.find()).isTrue();
      database.run(update.group(1));
      queue
          .batch(2, 3)
          .begin()
          .u(T, 2, "EUR")
          .r(T, 1, "\u00e4")
          .r(T, 2, "EUR")
          .copied(T, true)
          .end();
      worker.start();
      worker.drain();
      assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|\u00e4", "2|EUR");
    }
  }

  @Test
  void aTextThatIsTooLongOnlyInBytesIsReportedWithTheColumnToWiden() {
    try (TestDatabase database = database("SQL_ASCII");
        TestWorker worker = new TestWorker(database.config(), false)) {
      TestQueue queue = new TestQueue(worker);
      database.run("CREATE TABLE t (id integer PRIMARY KEY, v varchar(5))");
      queue.batch(0, 1).begin().copied(T, false).end();
      queue.batch(1, 2).begin().c(T, 7, "\u00e4\u00f6\u00fc\u00e4\u00f6").end();
      worker.start();
      String widen = "ALTER TABLE \"public\".\"t\" ALTER COLUMN \"v\" TYPE text;";
      assertThatThrownBy(worker::drain)
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("table public.t, key (id=7), batch (1, 2]: value too long")
          .hasMessageContaining(
              "the subscriber's database has encoding SQL_ASCII, where a length counts bytes: a"
                  + " character beyond ASCII takes two to four of them. Run: "
                  + widen)
          .hasMessageNotContaining("types themselves differ");
      database.run(widen);
      worker.start();
      worker.drain();
      assertThat(database.rows("SELECT * FROM t"))
          .containsExactly("7|\u00e4\u00f6\u00fc\u00e4\u00f6");
    }
  }
}
