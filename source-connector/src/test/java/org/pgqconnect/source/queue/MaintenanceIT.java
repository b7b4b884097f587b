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
package org.pgqconnect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** The maintenance of both engines. */
class MaintenanceIT {
  @ParameterizedTest
  @EnumSource(TestServer.class)
  void putsAllRetriedEventsBack(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("select pgq.register_consumer('q', 'other')");
      session.run("select pgq.insert_event('q', 'a', n::text) from generate_series(1, 25) n");
      session.run("select pgq.force_tick('q')");
      session.run("select pgq.ticker('q')");
      session.run(
          "select pgq.event_retry(b, ev_id, 0) from pgq.next_batch('q', 'other') b, pgq.event_1");
      session.run("select pgq.finish_batch(sub_batch) from pgq.subscription");
      assertThat(session.text("select count(*) from pgq.retry_queue")).isEqualTo("25");

      Maintenance.run(session.connection());

      assertThat(session.rows("select ev_retry from pgq.event_1 where ev_retry is not null"))
          .isEqualTo(Collections.nCopies(25, "1"));
      assertThat(session.text("select count(*) from pgq.retry_queue")).isEqualTo("0");
    }
  }
}
