/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;

@ExtendWith(TestStack.class)
class FollowOneBatchIT {
  @Test
  void oneTransactionIsOneBatchIsOneTransaction(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(
          """
          create table orders (id int primary key, customer text not null);
          create table items (order_id int, line int, price numeric, primary key (order_id, line))\
          """,
          "public.orders",
          "public.items");
      replication.start();
      try (Connection writer = replication.openProvider()) {
        writer.setAutoCommit(false);
        sql(writer, "insert into orders values (7, 'Ada')");
        sql(writer, "insert into items values (7, 1, 1.50), (7, 2, 'NaN')");
        sql(writer, "update items set price = 2.00 where line = 1");
        writer.commit();
      }
      replication.awaitEqual();

      TopicReader topics = new TopicReader(stack.kafka().bootstrapServers());
      List<JsonNode> items = topics.values(replication.name() + ".public.items");
      String batch = items.get(0).at("/transaction/id").asText();
      assertThat(items).allMatch(item -> item.at("/transaction/id").asText().equals(batch));
      assertThat(items).extracting(item -> item.get("op").asText()).containsExactly("c", "c", "u");
      assertThat(items)
          .extracting(item -> item.at("/after/price").asText())
          .containsExactly("1.50", "NaN", "2.00");
      assertThat(items.get(0).at("/source/queue").asText()).isEqualTo(replication.name());

      List<JsonNode> boundaries =
          topics.values(replication.name() + ".transaction").stream()
              .filter(boundary -> boundary.get("id").asText().equals(batch))
              .toList();
      assertThat(boundaries)
          .extracting(boundary -> boundary.get("status").asText())
          .startsWith("BEGIN")
          .endsWith("END")
          .allMatch(Set.of("BEGIN", "TABLE", "END")::contains)
          .containsOnlyOnce("BEGIN", "END");
      JsonNode end = boundaries.get(boundaries.size() - 1);
      assertThat(end.get("event_count").asLong()).isEqualTo(4);
      assertThat(end.get("data_collections"))
          .hasToString(
              "[{\"data_collection\":\"public.items\",\"event_count\":3},"
                  + "{\"data_collection\":\"public.orders\",\"event_count\":1}]");

      String position =
          scalar(replication.subscriber(), "select tick_id from pgq_connect.subscription");
      assertThat(Long.parseLong(position)).isGreaterThanOrEqualTo(end.get("tick_id").asLong());
      assertThat(
              scalar(
                  replication.subscriber(),
                  "select count(distinct x::text) from (select xmin x from orders union all select"
                      + " xmin from items) y"))
          .as("rows of one batch are written by one transaction")
          .isEqualTo("1");
    }
  }
}
