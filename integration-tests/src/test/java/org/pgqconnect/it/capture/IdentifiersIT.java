/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.postgres.Identifiers;

/** Any name will do for schemas (without a dot), tables and columns. */
@ExtendWith(TestStack.class)
class IdentifiersIT {
  private static final String SCHEMA = "My \"Schema\"";

  private static final String[] NAMES = {
    "My \"Schema\".Über Tisch",
    "My \"Schema\".Über_Tafel",
    "My \"Schema\".dotted.name",
    "My \"Schema\".it's $1 \\ %s ?",
    "My \"Schema\".select",
    "public.User",
    "public.user",
    "public.a_name_of_sixty_three_bytes_which_is_all_that_the_server_allows"
  };

  @Test
  void oddNames(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      StringBuilder ddl = new StringBuilder("create schema " + Identifiers.quote(SCHEMA) + ";");
      ddl.append(
          "grant usage on schema %s to %s;".formatted(Identifiers.quote(SCHEMA), Replication.ROLE));
      for (String name : NAMES) {
        ddl.append(
            """
            create table %s ("Key" int, "select" text, "größe €" int, "a.b" int, "q""d" text, " x" int,
                             "? $1 \\ '' %%s" text, primary key ("select", "Key"));
            """
                .formatted(quoted(name)));
      }
      replication.tables(ddl.toString(), NAMES);
      for (String name : NAMES) {
        sql(
            replication.provider(),
            "insert into %s select i, 'k' || i, i, i, 'q', i, '' from generate_series(1, 10) i"
                .formatted(quoted(name)));
      }
      replication.start();
      for (String name : NAMES) {
        sql(
            replication.provider(),
            """
            insert into %1$s values (100, 'new', 1, 2, '3', 4, '5');
            update %1$s set "größe €" = 7, "? $1 \\ '' %%s" = 'x' where "Key" < 5;
            update %1$s set "select" = 'key' where "Key" = 6;
            delete from %1$s where "Key" = 7\
            """
                .formatted(quoted(name)));
      }
      replication.awaitEqual();
      Cli tables =
          Cli.run("provider", "tables", "--config", replication.file(replication.source()))
              .requireSuccess();
      assertThat(tables.out()).contains(NAMES);
    }
  }

  @Test
  void aSchemaWithADotIsRefused(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      sql(
          replication.provider(),
          """
          create schema "a.b"; create table "a.b".t (id int primary key);
          create table public.plain (id int primary key);
          grant usage on schema "a.b" to replicator; grant select, trigger on "a.b".t, public.plain to replicator\
          """);
      assertThat(
              replication
                  .rest()
                  .validate(
                      replication.source().with("table.include.list", "a\\.b\\.t,public\\.plain"))
                  .get("table.include.list"))
          .singleElement()
          .asString()
          .contains("\"a.b\"", "dot", "ALTER SCHEMA \"a.b\" RENAME TO");
    }
  }

  private static String quoted(String name) {
    return Identifiers.quote(TableId.parse(name));
  }
}
