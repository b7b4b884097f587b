/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.sql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** The subscriber's table differs: the message says which column, and the statement fixes it. */
@ExtendWith(TestStack.class)
class ColumnMismatchIT {
  private static final Pattern STATEMENT = Pattern.compile("ALTER (?:TABLE|TYPE) [^;]*;");
  private static final Pattern RUN = Pattern.compile("Run: (ALTER TABLE [^;]*;)");

  @Test
  void aColumnIsMissing(LocalStack stack) throws Exception {
    mendedAsSaid(
        stack,
        "create table t (id int primary key)",
        "Table public.t on the subscriber has no column \"v\", which the provider sends",
        "ALTER TABLE \"public\".\"t\" ADD COLUMN \"v\" numeric(10,2);");
  }

  @Test
  void aColumnIsOfAnotherType(LocalStack stack) throws Exception {
    mendedAsSaid(
        stack,
        "create table t (id int primary key, v int)",
        "Column \"v\" of table public.t is numeric(10,2) on the provider but integer on the"
            + " subscriber",
        "ALTER TABLE \"public\".\"t\" ALTER COLUMN \"v\" TYPE numeric(10,2)");
  }

  /** By the copy, and by a row that is written later. */
  @Test
  void aTypeOfTheSameNameIsMadeOfNarrowerOnes(LocalStack stack) throws Exception {
    String types =
        "create domain fine as numeric(12,%1$d); create type pair as (amount fine, note text);";
    try (Replication replication = Replication.of(stack)) {
      sql(
          replication.provider(),
          types.formatted(4) + "create table t (id int primary key, v fine, p pair[])");
      sql(replication.provider(), "insert into t values (1, 1.2345, array[(1.2345, 'a')::pair])");
      sql(
          replication.subscriber(),
          types.formatted(2) + "create table t (id int primary key, v numeric(12,4), p pair[])");
      replication.replicate("public.t");
      String said = fail(replication);
      assertThat(said)
          .contains("Column \"p\" of table public.t is public.pair[] on the provider")
          .contains("member \"amount\" is numeric(12,4) there and numeric(12,2) here");
      Matcher statement = STATEMENT.matcher(said);
      while (statement.find()) {
        sql(replication.subscriber(), statement.group());
      }
      replication.restartFailed(replication.sinkName(1));
      sql(replication.provider(), "insert into t values (2, 2.3456, array[(2.3456, 'b')::pair])");
      replication.awaitScalar(
          "select string_agg(id || '=' || v || p::text, ' ' order by id) from t",
          "1=1.2345{\"(1.2345,a)\"} 2=2.3456{\"(2.3456,b)\"}");
    }
  }

  @Test
  void theKeyIsMissing(LocalStack stack) throws Exception {
    mendedAsSaid(
        stack,
        "create table t (id int, v numeric(10,2))",
        "Table public.t has no primary key or unique constraint on the subscriber",
        "ALTER TABLE \"public\".\"t\" ADD PRIMARY KEY (\"id\");");
  }

  @Test
  void theSubscribersOwnColumnIsNotNull(LocalStack stack) throws Exception {
    try (Replication replication = prepare(stack)) {
      sql(
          replication.subscriber(),
          "create table t (id int primary key, v numeric(10,2), own int not null)");
      replication.replicate("public.t");
      String message = fail(replication);
      assertThat(message)
          .contains("The subscriber rejects a row of table public.t")
          .contains("column own")
          .contains("ALTER TABLE \"public\".\"t\" ALTER COLUMN \"own\" DROP NOT NULL")
          .contains("Nothing of the batch was applied");
      sql(replication.subscriber(), "alter table t alter own set default 7");
      fixed(replication);
    }
  }

  private static Replication prepare(LocalStack stack) throws Exception {
    Replication replication = Replication.of(stack);
    sql(replication.provider(), "create table t (id int primary key, v numeric(10,2))");
    sql(replication.provider(), "insert into t values (1, 1.50)");
    return replication;
  }

  private static String fail(Replication replication) throws Exception {
    replication.deploy(replication.source());
    replication.create(replication.sink());
    return replication.rest().waitFailed(replication.sinkName(1), Replication.PATIENCE);
  }

  private static void mendedAsSaid(LocalStack stack, String table, String message, String statement)
      throws Exception {
    try (Replication replication = prepare(stack)) {
      sql(replication.subscriber(), table);
      replication.replicate("public.t");
      String said = fail(replication);
      assertThat(said).contains(message).contains(statement);
      Matcher run = RUN.matcher(said);
      assertThat(run.find()).as("the statement in " + said).isTrue();
      sql(replication.subscriber(), run.group(1));
      fixed(replication);
    }
  }

  private static void fixed(Replication replication) throws Exception {
    replication.restartFailed(replication.sinkName(1));
    sql(replication.provider(), "insert into t values (2, 2.50)");
    replication.awaitScalar(
        "select string_agg(id || '=' || v, ' ' order by id) from t", "1=1.50 2=2.50");
  }
}
