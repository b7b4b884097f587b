/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.it.stack.Place;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.engine.Removal;

/** The shortest life of a replication on the major versions that the other tests do not run on. */
@ExtendWith(TestStack.class)
class OlderServersIT {

  private static final String TABLES =
      """
      create table plain (id int primary key, u int unique, v text, j jsonb default '{"a": 1}');
      create table parted (id int, region text, v numeric, primary key (region, id)) partition by list (region);
      create table parted_a partition of parted for values in ('a');
      create table parted_rest partition of parted default;
      create table emptied (id int primary key, v text);
      """;

  private static final String FIRST_ROWS =
      """
      insert into plain select i, i, 'copied' from generate_series(1, 200) i;
      insert into parted select i, substr('abc', i % 3 + 1, 1), i from generate_series(1, 200) i;
      insert into emptied select i, 'copied' from generate_series(1, 200) i;
      """;

  @ParameterizedTest
  @ValueSource(ints = {13, 14, 15, 16})
  void replicates(int major, LocalStack stack) throws Exception {
    PostgresSetup setup = TestStack.prepared(PostgresServer.embedded(major)).notDurable();
    setup.unavailable().ifPresent(reason -> assumeTrue(false, "skipped: " + reason));
    try (PostgresServer server = setup.start()) {
      Place place = Place.of(stack).withProvider(server).withSubscriber(server);
      try (Replication replication = Replication.at(place)) {
        assertThat(scalar(replication.provider(), "show server_version")).startsWith(major + ".");
        replication.tables(TABLES, "public.plain", "public.parted", "public.emptied");
        sql(replication.provider(), FIRST_ROWS);
        replication.start().awaitEqual();
        write(replication.provider());
        replication.awaitEqual();
        assertThat(replication.isRunning(replication.sourceName())).isTrue();
        assertThat(replication.isRunning(replication.sinkName(1))).isTrue();
        replication.rest().delete(replication.sourceName());
        replication.rest().delete(replication.sinkName(1));
        uninstall(replication);
      }
    }
  }

  private static void write(Connection provider) throws SQLException {
    sql(
        provider,
        "insert into plain values (1000, 1000, null, '[1, 2]'), (1001, 1001, 'new', null)");
    sql(provider, "update plain set v = v || ' and changed', j = null where id % 3 = 0");
    sql(provider, "delete from plain where id % 7 = 0");
    // Nowhere may a unique value be there twice, in whichever order the rows are written.
    sql(
        provider,
        "begin; update plain set u = -1 where id = 1; update plain set u = 1 where id = 2;"
            + " update plain set u = 2 where id = 1; commit");
    sql(provider, "update plain set id = 2000 where id = 3");
    sql(provider, "insert into parted values (1000, 'a', 1.50), (1000, 'z', 'NaN')");
    sql(provider, "update parted set v = v * 2 where id % 3 = 0");
    // From one partition into another.
    sql(provider, "update parted set region = 'y' where region = 'a' and id % 2 = 0");
    sql(provider, "delete from parted where id % 7 = 0");
    sql(provider, "begin; truncate emptied; insert into emptied values (1, 'after'); commit");
    sql(provider, "truncate parted_a");
  }

  private static void uninstall(Replication replication) throws SQLException {
    new EngineInstaller().uninstall(replication.provider(), new Removal(null, null, true));
    SubscriberInstaller.uninstall(replication.subscriber());
    for (Connection side : new Connection[] {replication.provider(), replication.subscriber()}) {
      assertThat(
              scalar(
                  side,
                  "select count(*) from pg_namespace where nspname in ('pgq', 'pgq_connect')"))
          .isEqualTo("0");
      sql(side, "insert into plain values (5000, 5000)");
      assertThat(scalar(side, "select count(*) from pg_trigger where not tgisinternal"))
          .isEqualTo("0");
    }
  }
}
