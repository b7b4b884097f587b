/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** Rows are found by keys of types whose equality has an operator elsewhere. */
class KeyTypesIT {
  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "public.hstore;\"k\"=>\"1\";\"k\"=>\"2\";\"k\"=>\"3\"",
        "public.tags;\"k\"=>\"1\";\"k\"=>\"2\";\"k\"=>\"3\"",
        "public.ltree;a.1;a.2;a.3",
        "public.cube;(1);(2);(3)",
        "public.den;z;y;x",
        "other.pair;(1,1);(1,2);(1,3)"
      })
  void rowsAreWrittenFoundAndDeleted(String type, String one, String two, String three) {
    database.run(
        """
        CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION cube;
        CREATE DOMAIN tags AS hstore;
        CREATE TYPE color AS ENUM ('z', 'y', 'x');
        CREATE DOMAIN den AS color;
        CREATE SCHEMA other;
        CREATE TYPE other.pair AS (a int, b int);
        CREATE FUNCTION other.compare(other.pair, other.pair) RETURNS int LANGUAGE sql IMMUTABLE
          AS 'SELECT pg_catalog.btint4cmp($1.a + $1.b, $2.a + $2.b)';
        CREATE FUNCTION other.lt(other.pair, other.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT other.compare($1, $2) < 0';
        CREATE FUNCTION other.le(other.pair, other.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT other.compare($1, $2) <= 0';
        CREATE FUNCTION other.eq(other.pair, other.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT other.compare($1, $2) = 0';
        CREATE FUNCTION other.ge(other.pair, other.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT other.compare($1, $2) >= 0';
        CREATE FUNCTION other.gt(other.pair, other.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT other.compare($1, $2) > 0';
        CREATE OPERATOR other.<<# (LEFTARG = other.pair, RIGHTARG = other.pair, FUNCTION = other.lt);
        CREATE OPERATOR other.<=# (LEFTARG = other.pair, RIGHTARG = other.pair, FUNCTION = other.le);
        CREATE OPERATOR other.==# (LEFTARG = other.pair, RIGHTARG = other.pair, FUNCTION = other.eq);
        CREATE OPERATOR other.>=# (LEFTARG = other.pair, RIGHTARG = other.pair, FUNCTION = other.ge);
        CREATE OPERATOR other.># (LEFTARG = other.pair, RIGHTARG = other.pair, FUNCTION = other.gt);
        CREATE OPERATOR CLASS other.by_sum DEFAULT FOR TYPE other.pair USING btree AS
          OPERATOR 1 other.<<#, OPERATOR 2 other.<=#, OPERATOR 3 other.==#, OPERATOR 4 other.>=#, OPERATOR 5 other.>#,
          FUNCTION 1 other.compare(other.pair, other.pair)\
        """);
    database.run("CREATE TABLE t (k %s PRIMARY KEY, v text UNIQUE)".formatted(type));
    TestQueue.Table t = TestQueue.table("public.t", 1, "k " + type, "v text");
    queue.batch(1, 2).begin().r(t, one, "a").r(t, two, "b").r(t, three, "c").copied(t, true).end();
    worker.start();
    worker.drain();
    queue.batch(2, 3).begin().u(t, one, "a2").d(t, three, null).c(t, three, "c2").end();
    queue.batch(3, 4).begin().u(t, one, "x").u(t, two, "a2").u(t, one, "b").end();
    worker.drain();
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY k) FROM t")).isEqualTo("b a2 c2");
    queue.batch(4, 5).begin().d(t, two, null).end();
    worker.drain();
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY k) FROM t")).isEqualTo("b c2");
    queue.batch(5, 6).begin().r(t, one, "d").copy(t, 2, true, true, false).end();
    queue.batch(6, 7).begin().r(t, two, "e").copy(t, 2, true, false, true).end();
    worker.drain();
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY k) FROM t")).isEqualTo("d e");
    assertThat(database.value("SELECT state, note FROM pgq_connect.subscribed_table"))
        .isEqualTo("ok|null");
  }
}
