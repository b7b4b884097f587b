/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A statement reaches the rows that are meant, and runs nothing that others made. */
class MeaningIT {
  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void apply() {
    worker.start();
    worker.drain();
  }

  @Test
  void changesOfAParentDoNotReachTheTablesThatInheritFromIt() {
    TestQueue.Table parent = TestQueue.table("public.zparent", 1, "id integer", "v text");
    TestQueue.Table child =
        TestQueue.table("public.achild", 1, "id integer", "v text", "w integer");
    database.run("CREATE TABLE zparent (id integer PRIMARY KEY, v text)");
    database.run("CREATE TABLE achild (w integer, PRIMARY KEY (id)) INHERITS (zparent)");
    queue.batch(0, 1).begin().r(child, 1, "c1", 1).r(child, 2, "c2", 2).copied(child, true).end();
    queue.batch(1, 2).begin().r(parent, 1, "p1").r(parent, 2, "p2").copied(parent, true).end();
    apply();
    assertThat(database.rows("SELECT * FROM ONLY achild ORDER BY id"))
        .containsExactly("1|c1|1", "2|c2|2");
    queue.batch(2, 3).begin().d(parent, 1, null).u(parent, 2, "new").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM ONLY achild ORDER BY id"))
        .containsExactly("1|c1|1", "2|c2|2");
    assertThat(database.rows("SELECT * FROM ONLY zparent")).containsExactly("2|new");
    queue.batch(3, 4).begin().t(parent).end();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM zparent")).isEqualTo("2");
    queue.batch(4, 5).begin().c(parent, 5, "p5").t(child).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM zparent")).containsExactly("5|p5");
  }

  @Test
  void rowsOfAPartitionedTableAreDeletedAndEmptied() {
    TestQueue.Table table = TestQueue.table("public.p", 1, "id integer", "v text");
    database.run("CREATE TABLE p (id integer PRIMARY KEY, v text) PARTITION BY RANGE (id)");
    database.run("CREATE TABLE p1 PARTITION OF p DEFAULT");
    queue.batch(0, 1).begin().r(table, 1, "a").r(table, 2, "b").copied(table, true).end();
    queue.batch(1, 2).begin().d(table, 1, null).end();
    apply();
    assertThat(database.rows("SELECT * FROM p")).containsExactly("2|b");
    queue.batch(2, 3).begin().t(table).end();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM p")).isEqualTo("0");
  }

  @Test
  void functionsAndOperatorsOfOthersDoNotRun() {
    database.run(
        """
        CREATE TABLE ran (what text);
        CREATE FUNCTION public.unnest(int4[]) RETURNS SETOF int4 LANGUAGE plpgsql
          AS $$ BEGIN INSERT INTO public.ran VALUES ('unnest'); RETURN NEXT 666; END $$;
        CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql
          AS $$ BEGIN INSERT INTO public.ran VALUES ('unnest'); RETURN NEXT '666'; END $$;
        CREATE FUNCTION public.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql
          AS $$ BEGIN INSERT INTO public.ran VALUES ('set_config'); RETURN 'x'; END $$;
        CREATE FUNCTION public.always(int4, int4) RETURNS boolean LANGUAGE plpgsql
          AS $$ BEGIN INSERT INTO public.ran VALUES ('='); RETURN true; END $$;
        CREATE OPERATOR public.= (LEFTARG = int4, RIGHTARG = int4, FUNCTION = public.always);
        CREATE DOMAIN public.text AS pg_catalog.text CHECK (value = 'never')""");
    database.run("ALTER DATABASE %s SET search_path = public, pg_catalog".formatted(database.name));
    TestQueue.Table table = TestQueue.table("public.t", 1, "id integer", "v text");
    database.run("CREATE TABLE t (id integer PRIMARY KEY, v pg_catalog.text)");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1, "a").c(table, 2, "b").c(table, 3, "c").end();
    apply();
    queue.batch(2, 3).begin().d(table, 1, null).u(table, 2, "B").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY v")).containsExactly("2|B", "3|c");
    assertThat(database.rows("SELECT * FROM ran")).isEmpty();
  }

  @Test
  void keysOfExtensionTypesAreEqualAsTheirTypeSays() {
    database.run("CREATE EXTENSION citext");
    TestQueue.Table table =
        TestQueue.table("public.t", 2, "k public.citext", "n integer", "v text");
    database.run("CREATE TABLE t (k citext, n integer, v text, PRIMARY KEY (k, n))");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, "Ann", 1, "a").c(table, "Bob", 1, "b").end();
    apply();
    queue.batch(2, 3).begin().d(table, "ANN", 1, null).u(table, "BOB", 1, "B").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("BOB|1|B");
  }

  @Test
  void aDatabaseThatIsReadOnlyForOthersIsWritten() {
    TestQueue.Table table = TestQueue.table("public.t", 1, "id integer", "v text");
    database.run("CREATE TABLE t (id integer PRIMARY KEY, v text)");
    database.run(
        "ALTER DATABASE %s SET default_transaction_read_only = on".formatted(database.name));
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1, "a").end();
    apply();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|a");
  }
}
