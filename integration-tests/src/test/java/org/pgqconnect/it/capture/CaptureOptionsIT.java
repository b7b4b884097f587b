/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;

/** What a connector's configuration hides stays on the provider, from the first copied row on. */
@ExtendWith(TestStack.class)
class CaptureOptionsIT {
  private static final String ROWS = "select string_agg(t::text, ' ' order by id) from customer t";

  /** What the subscriber must hold, said by the provider, in words of its own. */
  private static final String EXPECTED =
      """
      select string_agg(row(id, null::text, encode(sha256(convert_to('pepper' || email, 'UTF8')), 'hex'), '***'::text,
                            null::text, status, n)::text, ' ' order by id)
        from customer where status = 'active'\
      """;

  @Test
  void masksFiltersAndLeavesOut(LocalStack stack) throws Exception {
    try (Replication replication = Replication.installingItself(stack)) {
      replication.tables(
          "create table customer (id int primary key, ssn text, email text, phone text, note text,"
              + " status text, n int)",
          "public.customer");
      sql(
          replication.provider(),
          """
          insert into customer select g, 'SSN' || g, 'MAIL' || g, 'TEL' || g, 'NOTE' || g,
                 case when g % 3 = 0 then 'off' else 'active' end, g from generate_series(1, 2500) g\
          """);
      replication.start(
          replication
              .source()
              .with("copy.chunk.rows", "1000")
              .with("column.exclude.list", "public\\.customer\\.note")
              .with("column.mask.with.null", ".*\\.ssn")
              .with("column.mask.with.constant", ".*\\.phone")
              .with("column.mask.hash.sha256", ".*\\.email")
              .with("column.mask.hash.salt", "pepper")
              .with("skip.messages.without.change", "true")
              .with("row.filter.tables", "public.customer")
              .with("row.filter.condition.public.customer", "status = 'active'"));
      assertSame(replication);

      String events =
          "select count(*) from "
              + scalar(
                  replication.provider(),
                  "select queue_data_pfx from pgq.queue where queue_name = '"
                      + replication.name()
                      + "'");
      final String before = scalar(replication.provider(), events);
      sql(
          replication.provider(),
          "update customer set note = 'SSN', phone = 'TEL', ssn = 'SSN', n = n");
      assertThat(scalar(replication.provider(), events)).as("nothing changed").isEqualTo(before);
      sql(
          replication.provider(),
          """
          update customer set status = 'active', email = email || 'x' where id % 30 = 0;
          update customer set status = 'off' where id % 30 = 1;
          update customer set id = id + 10000, n = -1 where id % 30 = 2;
          delete from customer where id % 30 = 4;
          insert into customer values (20001, 'SSN', 'MAIL', 'TEL', 'NOTE', 'active', 1), (20002, 'SSN', 'MAIL', 'TEL', 'NOTE', 'off', 1)\
          """);
      assertSame(replication);
      assertThat(
              scalar(
                  replication.provider(),
                  "select count(*) from "
                      + scalar(
                          replication.provider(),
                          "select queue_data_pfx from pgq.queue where queue_name = '"
                              + replication.name()
                              + "'")
                      + " e where e::text ~ 'SSN|MAIL|TEL|NOTE|pepper'"))
          .isEqualTo("0");
      String topics =
          new TopicReader(stack.kafka().bootstrapServers())
              .values(replication.name() + ".public.customer")
              .toString();
      assertThat(topics)
          .contains("***")
          .doesNotContain("SSN")
          .doesNotContain("MAIL")
          .doesNotContain("TEL1")
          .doesNotContain("NOTE");
    }
  }

  private static void assertSame(Replication replication) throws Exception {
    replication.awaitScalar(ROWS, scalar(replication.provider(), EXPECTED));
  }
}
