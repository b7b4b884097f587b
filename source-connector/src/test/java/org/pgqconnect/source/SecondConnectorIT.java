/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;

/** One queue is published under one prefix by one connector. */
class SecondConnectorIT {
  private final TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();

  @AfterEach
  void close() {
    database.close();
  }

  private PgqSourceConfig config(String connector, String prefix) {
    Map<String, String> all = new HashMap<>(database.connectorKeys());
    all.put("name", connector);
    all.put("topic.prefix", prefix);
    all.put("queue.name", "q");
    all.put("provision", "none");
    return new PgqSourceConfig(all);
  }

  private static ProviderSession open(PgqSourceConfig config)
      throws SQLException, InterruptedException {
    return ProviderSession.open(new Database(config.connection()), config, Optional.empty());
  }

  private static Optional<String> problem(PgqSourceConfig config) {
    return new ProviderValidation(config)
        .problems().stream()
            .filter(problem -> problem.key().equals("topic.prefix"))
            .map(ProviderValidation.Problem::message)
            .findFirst();
  }

  @Test
  void aSecondConnectorOfOneQueueAndPrefixIsRefusedWhileTheFirstPublishes() throws Exception {
    try (ProviderSession first = open(config("one", "bank"))) {
      assertThat(first.number()).isPositive();
      String refused =
          "Queue \"q\" is published under topic.prefix \"bank\" by connector \"one\" already: backend ";
      assertThat(problem(config("two", "bank"))).get().asString().startsWith(refused);
      assertThat(problem(config("one", "bank"))).isEmpty();
      assertThat(problem(config("two", "branch"))).isEmpty();
      assertThatThrownBy(() -> open(config("two", "bank")))
          .isInstanceOf(ConnectException.class)
          .isNotInstanceOf(RetriableException.class)
          .hasMessageStartingWith(refused)
          .hasMessageContaining("give this one another topic.prefix");
      open(config("two", "branch")).close();
    }
    open(config("two", "bank")).close();
  }

  @Test
  void theSameConnectorWaitsForItsPredecessor() throws Exception {
    ProviderSession first = open(config("one", "bank"));
    Thread ending =
        new Thread(
            () -> {
              try {
                Thread.sleep(1000);
                first.close();
              } catch (InterruptedException | SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    ending.start();
    open(config("one", "bank")).close();
    ending.join();
  }
}
