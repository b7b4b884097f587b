/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;

class TopicNamesTest {
  private final TopicNames names = new TopicNames("bank");

  @Test
  void whatKafkaDoesNotAllowBecomesOneUnderscoreEach() {
    assertThat(names.table(new TableId("My Shop", "größe€\uD83D\uDE00")))
        .isEqualTo("bank.My_Shop.gr__e__");
    assertThat(names.table(new TableId("s-1", "a.b_C"))).isEqualTo("bank.s-1.a.b_C");
  }

  @Test
  void saysWhatKafkaWouldRefuse() {
    assertThat(TopicNames.problem("bank.public.t")).isEmpty();
    assertThat(TopicNames.problem("x".repeat(249))).isEmpty();
    assertThat(TopicNames.problem("x".repeat(250)))
        .contains("it is 250 characters long, and Kafka allows 249");
    assertThat(TopicNames.problem("..")).contains("Kafka does not allow \"..\"");
    assertThat(TopicNames.problem("a b"))
        .contains("Kafka allows letters, digits, dot, underscore and hyphen only");
  }

  @Test
  void dotAndUnderscoreAreTheSame() {
    TopicNames.Used<String> used = new TopicNames.Used<>();
    assertThat(used.take("bank.app.data_users", "a")).isEmpty();
    assertThat(used.take("bank.app.data_users", "a")).isEmpty();
    assertThat(used.take("bank.app_data.users", "b")).contains("a");
    assertThat(used.take("bank.App.data_users", "c")).isEmpty();
    assertThat(used.take("bank.app.data-users", "d")).isEmpty();
  }
}
