/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.sql;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.Await;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;

/**
 * Somebody harms the capture of a table while the connector runs: it is noticed, said with what
 * fixes it, and what it says fixes it.
 */
@ExtendWith(TestStack.class)
class TriggersLostIT {
  private static final int ROWS = 300_000;

  private static final String TABLES =
      """
      create table t (id int primary key, v text);
      create table u (id int primary key, v text)\
      """;

  private static String trigger(Replication replication, String suffix) throws Exception {
    return trigger(replication, "t", suffix);
  }

  private static String trigger(Replication replication, String table, String suffix)
      throws Exception {
    return Replication.scalar(
        replication.provider(),
        "select quote_ident(tgname) from pg_trigger where tgrelid = '"
            + table
            + "'::regclass and not tgisinternal and tgname like '00_pgq_connect_%\\_"
            + suffix
            + "'");
  }

  private static void assertStops(Replication replication, String... words) {
    String message = replication.rest().waitFailed(replication.sourceName(), Replication.PATIENCE);
    assertThat(message).contains(words).contains("Changes made meanwhile are not captured");
  }

  private static void goesOn(Replication replication) throws Exception {
    goesOn(replication, "public.t");
  }

  private static void goesOn(Replication replication, String table) throws Exception {
    Cli.run("provider", "resync", "--config", admin(replication), table).requireSuccess();
    replication.restartFailed(replication.sourceName());
    replication.awaitEqual();
  }

  private static Path admin(Replication replication) throws Exception {
    return replication.file(replication.asAdministrator(replication.source()));
  }

  @Test
  void theTaskStops(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(TABLES, "public.t", "public.u");
      replication.start(replication.source().with("capture.check.interval.ms", "300"));

      sql(replication.provider(), "drop trigger " + trigger(replication, "u") + " on t");
      assertStops(
          replication,
          "Table public.t of queue \"%s\": TRIGGER_MISSING".formatted(replication.name()),
          "--queue %s public.t".formatted(replication.name()));
      sql(replication.provider(), "insert into t values (1, 'x'); update t set v = 'not captured'");
      Cli.run("provider", "add", "--config", admin(replication), "public.t").requireSuccess();
      goesOn(replication);

      String insert = trigger(replication, "i");
      sql(replication.provider(), "alter table t disable trigger " + insert);
      sql(replication.provider(), "insert into t values (2, 'not captured')");
      assertStops(replication, "public.t", "DISABLED", "ENABLE TRIGGER");
      sql(replication.provider(), "alter table t enable trigger " + insert);
      goesOn(replication);

      sql(replication.provider(), "alter table t rename to tt");
      assertStops(replication, "Table public.t of queue", "RENAMED (it is called public.tt now)");
      sql(replication.provider(), "alter table tt rename to t");
      goesOn(replication);
    }
  }

  /** The reader is busy with one batch for long; what it then goes on with is that batch. */
  @Test
  void theTaskStopsInTheMiddleOfABatch(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(TABLES, "public.t", "public.u");
      replication.start(
          replication
              .source()
              .with("capture.check.interval.ms", "200")
              .with("kafka.transaction.max.records", "10000"));
      sql(
          replication.provider(),
          "insert into t select i, md5(i::text) from generate_series(1, %d) i".formatted(ROWS));
      TopicReader topics = new TopicReader(stack.kafka().bootstrapServers());
      String topic = replication.name() + ".public.t";
      replication
          .await("a part of the batch in the topic")
          .until(() -> topics.exists(topic) && topics.records(topic).size() >= 10_000);
      sql(replication.provider(), "drop trigger " + trigger(replication, "u", "i") + " on u");
      sql(replication.provider(), "insert into u values (1, 'not captured')");
      assertStops(
          replication,
          "Table public.u of queue \"%s\": TRIGGER_MISSING".formatted(replication.name()));
      assertThat(topics.records(topic).size()).isLessThan(ROWS);
      assertThat(Replication.scalar(replication.subscriber(), "select count(*) from t"))
          .isEqualTo("0");
      Cli.run("provider", "add", "--config", admin(replication), "public.u").requireSuccess();
      goesOn(replication, "public.u");
      assertThat(topics.records(topic)).as("rows in the topic: none twice").hasSize(ROWS);
    }
  }

  /** Connect does not ask a paused task for anything: it is told in the log, and on resuming. */
  @Test
  void aPausedConnectorSaysSoToo(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(TABLES, "public.t", "public.u");
      replication.start(replication.source().with("capture.check.interval.ms", "300"));
      String source = replication.sourceName();
      replication.rest().pause(source);
      replication.rest().waitState(source, "PAUSED", Replication.PATIENCE);
      sql(replication.provider(), "drop trigger " + trigger(replication, "d") + " on t");
      sql(replication.provider(), "insert into t values (1, 'x'), (2, 'y')");
      sql(replication.provider(), "delete from t where id = 2");
      String lost = "Table public.t of queue \"%s\": TRIGGER_MISSING".formatted(replication.name());
      awaitLogged(stack, lost);
      replication.rest().resume(source);
      assertStops(replication, lost);
      Cli.run("provider", "add", "--config", admin(replication), "public.t").requireSuccess();
      goesOn(replication);
    }
  }

  @Test
  void itIsLogged(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(TABLES, "public.t", "public.u");
      replication.start(
          replication
              .source()
              .with("capture.check.interval.ms", "300")
              .with("capture.check", "warn"));
      sql(
          replication.provider(),
          """
          create function other() returns trigger language plpgsql as $$ begin return null; end $$;
          create trigger "!before" after insert on t for each row execute function other();
          drop table u\
          """);
      awaitLogged(
          stack, "Table public.t of queue \"%s\": FORM_UNSAFE".formatted(replication.name()));
      awaitLogged(
          stack, "Table public.u of queue \"%s\": TABLE_MISSING".formatted(replication.name()));
      sql(
          replication.provider(),
          "drop trigger \"!before\" on t; select pgq_connect.refresh_table('%s', 't')"
              .formatted(replication.name()));
      awaitLogged(
          stack,
          "Table public.t of queue \"%s\": ORDER_UNSURE (changes that were captured for a while may be in the wrong order"
              .formatted(replication.name()));
      assertThat(replication.isRunning(replication.sourceName())).isTrue();
    }
  }

  private static void awaitLogged(LocalStack stack, String words) {
    Await.atMost(Duration.ofSeconds(60), "'" + words + "' in the worker's log")
        .until(() -> Files.readString(stack.worker(0).log()).contains(words));
  }
}
