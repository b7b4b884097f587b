/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * Roles with rights on partitioned tables, and none on their partitions. As {@code plain} the
 * session has foreign keys, as {@code setting} it has none.
 */
class PartitionRightsIT {
  private static final TestQueue.Table K =
      TestQueue.table("public.k", 1, "id bigint", "u integer", "r int4range");
  private static final TestQueue.Table PARENT =
      TestQueue.table("public.parent", 1, "id bigint", "u integer");
  private static final TestQueue.Table CHILD =
      TestQueue.table("public.child", 1, "id bigint", "parent bigint");
  private static final String RANGES =
      """
      CREATE TABLE k (id bigint PRIMARY KEY, u integer, r int4range, note text) PARTITION BY RANGE (id);
      CREATE TABLE k1 PARTITION OF k FOR VALUES FROM (MINVALUE) TO (100);
      CREATE TABLE k2 PARTITION OF k FOR VALUES FROM (100) TO (200);
      CREATE TABLE k3 PARTITION OF k DEFAULT;
      """;

  private final TestDatabase database = new TestDatabase();
  private TestWorker worker;
  private TestQueue queue;

  @AfterEach
  void close() {
    if (worker != null) {
      worker.close();
    }
    database.close();
  }

  private void start(String role, String ddl, TestQueue.Table... tables) {
    if (role.equals("setting")) {
      TestDatabase.assumeAtLeast(15, "it has no GRANT SET");
    }
    database.run(ddl);
    database.createPlainRole();
    if (role.equals("setting")) {
      database.run(
          """
          DO $$ BEGIN
            CREATE ROLE setting LOGIN PASSWORD 'setting';
          EXCEPTION WHEN duplicate_object THEN NULL;
          END $$\
          """);
      database.run("GRANT SET ON PARAMETER session_replication_role TO setting");
      database.run("GRANT CREATE ON DATABASE " + database.name + " TO setting");
    }
    for (TestQueue.Table table : tables) {
      database.run(
          "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %s TO %s"
              .formatted(table == K ? "k" : table == PARENT ? "parent" : "child", role));
    }
    worker =
        new TestWorker(database.config("database.user", role, "buffer.max.rows", "1000"), false);
    queue = new TestQueue(worker);
  }

  private void copiedBefore(TestQueue.Table... tables) {
    TestQueue.Batch first = queue.batch(0, 1).begin();
    for (TestQueue.Table table : tables) {
      first.copied(table, false);
    }
    first.end();
    worker.start();
    worker.drain();
  }

  /** Runs the statement that a message names. */
  private void runGrant(String message) {
    Matcher grant = Pattern.compile("GRANT SELECT ON .*?;").matcher(message);
    assertThat(grant.find()).as(message).isTrue();
    database.run(grant.group());
  }

  @ParameterizedTest
  @ValueSource(strings = {"k1", "k2", "k3"})
  void aConstraintOfAPartitionIsCheckedLate(String partition) {
    start("setting", RANGES + "ALTER TABLE " + partition + " ADD UNIQUE (u) DEFERRABLE;", K);
    int base = partition.equals("k1") ? 0 : partition.equals("k2") ? 100 : 1_000;
    TestQueue.Batch copy = queue.batch(1, 2).begin();
    for (int i = 1; i <= 30; i++) {
      copy.r(K, (long) base + i, i, null);
    }
    // The values are unique in the one partition only.
    copy.r(K, base + 50L, 50, null).r(K, 50L + (base == 100 ? 0 : 100), 50, null);
    copy.copy(K, 1, true, true, true).end();
    worker.start();
    worker.drain();
    queue.batch(2, 3).begin().u(K, base + 1L, 2, null).u(K, base + 2L, 1, null).end();
    worker.drain();
    assertThat(database.rows("SELECT u FROM k WHERE id < " + (base + 3) + " AND id > " + base))
        .containsExactly("2", "1");
    assertThat(database.value("SELECT count(*) FROM k")).isEqualTo("32");
    queue.batch(3, 4).begin().u(K, base + 3L, 50, null).end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Key (u)=(50) already exists");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "plain; ALTER TABLE k1 ADD UNIQUE (u)",
        "plain; CREATE UNIQUE INDEX ON k1 (u) WHERE id <> 0",
        "plain; ALTER TABLE k1 ADD EXCLUDE USING gist (r WITH &&)",
        "plain; ALTER TABLE k1 ADD UNIQUE (u) DEFERRABLE",
        "setting; ALTER TABLE k1 ADD UNIQUE (u)",
        "setting; ALTER TABLE k1 ADD EXCLUDE USING gist (r WITH &&)",
        "setting; ALTER TABLE k1 ADD UNIQUE (u) DEFERRABLE",
        // Its policies hide all rows from what names the partition.
        "plain; ALTER TABLE k1 ADD UNIQUE (u), ENABLE ROW LEVEL SECURITY",
        "setting; ALTER TABLE k1 ADD UNIQUE (u) DEFERRABLE, ENABLE ROW LEVEL SECURITY"
      })
  void oldRowsOfAPartitionMakePlace(String role, String constraint) {
    start(role, RANGES + constraint, K);
    if (constraint.contains("SECURITY")) {
      database.run("GRANT SELECT ON k1 TO " + role);
    }
    database.run(
        "INSERT INTO k SELECT i, i, int4range(i, i + 1), 'note ' || i FROM generate_series(1, 9) i"
            + " UNION ALL SELECT 108, 8, int4range(8, 9), 'other'");
    copiedBefore(K);
    // Larger than the sink's memory, so that it is applied without the next one.
    TestQueue.Batch large = queue.batch(1, 2).begin();
    for (int i = 1; i <= 1_200; i++) {
      large.r(K, 1_000L + i, i, null);
    }
    large.r(K, 1L, 8, "[8,9)").r(K, 2L, 9, "[9,10)").copy(K, 2, true, true, false).end();
    worker.drain();
    // What makes place is in the partition; the same value in another one blocks nothing.
    assertThat(database.rows("SELECT id FROM k WHERE u = 8 AND id < 1000 ORDER BY id"))
        .containsExactly("1", "108");
    queue
        .batch(2, 3)
        .begin()
        .r(K, 8L, 1, "[1,2)")
        .r(K, 9L, 2, "[2,3)")
        .copy(K, 2, true, false, true)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT id, u, note FROM k WHERE id < 1000 ORDER BY id"))
        .containsExactly("1|8|note 1", "2|9|note 2", "8|1|note 8", "9|2|note 9");
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table")).isEqualTo("ok");
  }

  /** As a row of the other partition, which shares no constraint with it. */
  @Test
  void anOldRowThatIsReferredToStaysBesideARowOfAnotherPartition() {
    start("plain", RANGES + "ALTER TABLE k1 ADD UNIQUE (u);", K);
    database.run(
        """
        INSERT INTO k VALUES (1, 5), (2, 6);
        CREATE TABLE own (id bigint PRIMARY KEY REFERENCES k ON DELETE RESTRICT, u integer);
        INSERT INTO own VALUES (1, 5)\
        """);
    copiedBefore(K);
    queue.batch(1, 2).begin().r(K, 150L, 5, null).copy(K, 2, true, true, false).end();
    worker.drain();
    assertThat(database.rows("SELECT id, u FROM k ORDER BY id"))
        .containsExactly("1|5", "2|6", "150|5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "setting"})
  void partitionsOfPartitions(String role) {
    start(
        role,
        """
        CREATE TABLE k (id bigint, u integer, r int4range, note text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        CREATE TABLE k1 PARTITION OF k FOR VALUES FROM (0) TO (100) PARTITION BY LIST (id);
        CREATE TABLE k1a PARTITION OF k1 FOR VALUES IN (1, 2, 3);
        CREATE TABLE k1b PARTITION OF k1 DEFAULT;
        CREATE TABLE k2 PARTITION OF k DEFAULT;
        ALTER TABLE k1 ADD UNIQUE (id, u);
        ALTER TABLE k1a ADD UNIQUE (u);
        CREATE UNIQUE INDEX ON k1b (lower(r));
        INSERT INTO k VALUES (1, 1), (2, 2), (3, 3), (9, 2), (109, 2)\
        """,
        K);
    copiedBefore(K);
    queue
        .batch(1, 2)
        .begin()
        .r(K, 1L, 3, null)
        .r(K, 2L, 1, null)
        .r(K, 9L, 2, "[7,9)")
        .copy(K, 2, true, true, false)
        .end();
    queue
        .batch(2, 3)
        .begin()
        .r(K, 3L, 2, null)
        .r(K, 10L, 2, "[6,9)")
        .copy(K, 2, true, false, true)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT id, u FROM k ORDER BY id"))
        .containsExactly("1|3", "2|1", "3|2", "9|2", "10|2");
  }

  /** Which rows are in one of them the server finds only by reading all. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "setting"})
  void saysWhatToGrantOnAHashPartition(String role) {
    start(
        role,
        """
        CREATE TABLE k (id bigint PRIMARY KEY, u integer, r int4range, note text) PARTITION BY HASH (id);
        CREATE TABLE k1 PARTITION OF k FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE k2 PARTITION OF k FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        ALTER TABLE k1 ADD UNIQUE (u);
        INSERT INTO k1 SELECT i, i FROM generate_series(1, 40) i WHERE satisfies_hash_partition('k'::regclass, 2, 0, i::bigint);\
        """,
        K);
    copiedBefore(K);
    long first = Long.parseLong(database.value("SELECT min(id) FROM k"));
    int last = Integer.parseInt(database.value("SELECT max(u) FROM k"));
    queue.batch(1, 2).begin().r(K, first, last, null).copy(K, 2, true, true, true).end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("GRANT SELECT ON \"public\".\"k1\" TO \"" + role + "\";")
        .satisfies(e -> runGrant(e.getMessage()));
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT id, u FROM k")).containsExactly(first + "|" + last);
  }

  @ParameterizedTest
  @ValueSource(strings = {"CASCADE", "SET NULL"})
  void aPartitionOfAReplicatedTableRefersByItself(String action) {
    start(
        "plain",
        """
        CREATE TABLE parent (id bigint PRIMARY KEY, u integer);
        CREATE TABLE child (id bigint PRIMARY KEY, parent bigint) PARTITION BY RANGE (id);
        CREATE TABLE c1 PARTITION OF child FOR VALUES FROM (MINVALUE) TO (100);
        CREATE TABLE c2 PARTITION OF child DEFAULT;
        ALTER TABLE c1 ADD FOREIGN KEY (parent) REFERENCES parent ON DELETE %s\
        """
            .formatted(action),
        PARENT,
        CHILD);
    queue.batch(1, 2).begin().r(PARENT, 1L, 1).copy(PARENT, 1, true, true, true).end();
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM parent")).containsExactly("1|1");
    queue.batch(2, 3).begin().r(CHILD, 5L, 1L).copy(CHILD, 2, true, true, true).end();
    queue.batch(3, 4).begin().c(PARENT, 2L, 2).u(CHILD, 5L, 2L).d(PARENT, 1L, null).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM child")).containsExactly("5|2");
    assertThat(database.rows("SELECT * FROM parent")).containsExactly("2|2");
  }

  @Test
  void saysWhatToGrantOnAnEmptyTableThatRefers() {
    start(
        "plain",
        """
        CREATE TABLE parent (id bigint PRIMARY KEY, u integer);
        CREATE TABLE own (id bigint PRIMARY KEY REFERENCES parent ON DELETE CASCADE)\
        """,
        PARENT);
    queue.batch(1, 2).begin().r(PARENT, 1L, 1).copy(PARENT, 1, true, true, true).end();
    queue.batch(2, 3).begin().d(PARENT, 1L, null).end();
    assertThatThrownBy(
            () -> {
              worker.start();
              worker.drain();
            })
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Rows of table public.parent cannot be deleted safely")
        .satisfies(e -> runGrant(e.getMessage()));
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM parent")).isEmpty();
  }
}
