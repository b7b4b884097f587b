/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** Values that are names of objects, which the subscriber does not have. */
class ObjectNamesIT {
  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  @ParameterizedTest
  @CsvSource({
    "regclass,public.onlyhere,42P01",
    "regclass[],{public.onlyhere},42P01",
    "regproc,public.onlyhere,42883",
    "regtype,public.onlyhere,42704",
    "regrole,onlyhere,42704",
    "regnamespace,onlyhere,3F000"
  })
  void aRowIsNamedWithColumnAndTypeAndWithoutTheNameInIt(String type, String value, String state) {
    TestQueue.Table table = TestQueue.table("public.t", 1, "id integer", "a " + type);
    database.run("CREATE TABLE t (id integer PRIMARY KEY, a %s)".formatted(type));
    queue.batch(0, 1).begin().copied(table, false).end();
    TestQueue.Batch batch = queue.batch(1, 2).begin();
    for (int id = 0; id < 300; id++) {
      batch.c(table, id, id == 234 ? value : null);
    }
    batch.end();
    worker.start();
    Throwable refused = catchThrowable(worker::drain);
    assertThat(refused)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(
            "The subscriber rejects a row of table public.t, key (id=234), batch (1, 2]: a value names an object that the subscriber's database does not have, column a (%s) (SQLSTATE %s)."
                .formatted(type, state))
        .hasMessageContaining("Create the object that the provider's row names")
        .hasMessageNotContaining("onlyhere");
    database.run(printed(refused));
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t WHERE id = 234")).containsExactly("234|" + value);
  }

  /** As the provider sends them, whatever the search path of whoever runs what is printed. */
  @Test
  void namesThatAreKeptAsTextAreThoseThatTheProviderSends() {
    TestQueue.Table table = TestQueue.table("public.t", 1, "id integer", "a regclass");
    database.run("CREATE TABLE t (id integer PRIMARY KEY, a regclass)");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1, "public.t").end();
    queue.batch(2, 3).begin().c(table, 2, "public.other").end();
    worker.start();
    database.run(printed(catchThrowable(worker::drain)));
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id"))
        .containsExactly("1|public.t", "2|public.other");
  }

  private static String printed(Throwable refused) {
    Matcher printed =
        Pattern.compile("(SET search_path .* RESET search_path;)").matcher(refused.getMessage());
    assertThat(printed.find()).isTrue();
    return printed.group(1);
  }

  @Test
  void anObjectThatIsMissingInATriggerIsNoValue() {
    TestQueue.Table table = TestQueue.table("public.t", 1, "id integer", "a regclass");
    database.run(
        """
        CREATE TABLE t (id integer PRIMARY KEY, a regclass);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (new.id); RETURN new; END $$;
        CREATE TRIGGER note BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
        ALTER TABLE t ENABLE ALWAYS TRIGGER note\
        """);
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1, "pg_class").end();
    worker.start();
    assertThat(catchThrowable(worker::drain))
        .hasMessageContaining("The subscriber rejects writes to table public.t")
        .hasMessageContaining("PL/pgSQL function public.note()");
  }
}
