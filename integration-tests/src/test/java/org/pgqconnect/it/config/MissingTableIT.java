/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** A table that is missing on the subscriber: the message holds the statement that creates it. */
@ExtendWith(TestStack.class)
class MissingTableIT {
  private static final Pattern CREATE =
      Pattern.compile("CREATE SCHEMA.*?;\nCREATE TABLE .*?\n\\);", Pattern.DOTALL);

  @Test
  void theStatementInTheMessageMendsIt(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      sql(
          replication.provider(),
          """
          create schema "Shop";
          create table "Shop"."Order" (id bigint generated always as identity, part int, "a b" varchar(20) not null,
            amount numeric(12,2) default 0, at timestamptz(3), tags text[], primary key (part, id));
          grant usage on schema "Shop" to replicator;
          grant select on "Shop"."Order" to replicator;
          insert into "Shop"."Order" (part, "a b", amount, at, tags) values (1, 'x', 1.50, now(), '{a,b}')\
          """);
      replication.deploy(replication.source().with("table.include.list", "Shop\\.Order"));
      replication.create(replication.sink());
      String message = replication.rest().waitFailed(replication.sinkName(1), Replication.PATIENCE);
      assertThat(message)
          .contains(
              "Table Shop.Order is replicated but does not exist on the subscriber. Create it:")
          .contains("POST /connectors/" + replication.sinkName(1) + "/restart?includeTasks=true");
      Matcher create = CREATE.matcher(message);
      assertThat(create.find()).as("CREATE statements in " + message).isTrue();
      assertThat(create.group())
          .contains(
              "CREATE SCHEMA \"Shop\";",
              "\"a b\" character varying(20) NOT NULL",
              "\"amount\" numeric(12,2)",
              "\"at\" timestamp(3) with time zone",
              "\"tags\" text[]",
              "PRIMARY KEY (\"part\", \"id\")");
      sql(replication.subscriber(), create.group());
      sql(
          replication.subscriber(),
          """
          grant usage on schema "Shop" to replicator;
          grant select, insert, update, delete, truncate on "Shop"."Order" to replicator\
          """);
      replication.restartFailed(replication.sinkName(1));
      sql(
          replication.provider(),
          "insert into \"Shop\".\"Order\" (part, \"a b\") values (2, 'after')");
      replication.awaitScalar(
          "select string_agg(part || \"a b\", ' ' order by part) from \"Shop\".\"Order\"",
          "1x 2after");
      String rows = "select string_agg(o::text, ' ' order by part) from \"Shop\".\"Order\" o";
      assertThat(scalar(replication.subscriber(), rows))
          .isEqualTo(scalar(replication.provider(), rows));
    }
  }
}
