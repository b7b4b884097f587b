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
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

class EngineInstallerIT {

  private final EngineInstaller installer = new EngineInstaller();

  @Test
  void installsTheBuiltInEngineWithoutSuperuserAndMayBeRepeated() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase();
        TestSession session = database.open()) {
      assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.NONE);

      Engine engine = installer.install(session.connection());
      UUID identity = installer.identity(session.connection());
      assertThat(engine).isEqualTo(new Engine(EngineKind.BUILT_IN, "2"));
      assertThat(installer.createQueue(session.connection(), "q")).isTrue();

      assertThat(installer.install(session.connection())).isEqualTo(engine);
      assertThat(installer.identity(session.connection())).isEqualTo(identity);
      assertThat(installer.createQueue(session.connection(), "q")).isFalse();
      assertThat(session.rows("select schema_version, engine from pgq_connect.provider"))
          .containsExactly("1|built-in engine 2");
    }
  }

  @Test
  void makesQueuesForTheTickerThatIsToServeThem() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase();
        TestSession session = database.open()) {
      installer.install(session.connection());
      installer.createQueue(session.connection(), "embedded");
      installer.createQueue(session.connection(), "pgqd", TickerSettings.pgqDefaults());
      installer.createQueue(
          session.connection(),
          "own",
          new TickerSettings(7, Duration.ofMillis(1500), Duration.ofHours(1)));

      assertThat(
              session.rows(
                  "select queue_name, queue_ticker_max_count, queue_ticker_max_lag,"
                      + " queue_ticker_idle_period from pgq.get_queue_info()"))
          .containsExactly(
              "embedded|1|00:00:00|00:00:00",
              "own|7|00:00:01.5|01:00:00",
              "pgqd|500|00:00:03|00:01:00");
    }
  }

  @Test
  void upgradesInPlaceAndKeepsEvents() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("select pgq.insert_event('q', 'kind', 'kept')");
      session.run(
          "create or replace function pgq._pgq_connect_engine() returns text language sql as $$ select '0'::text $$");
      assertThat(installer.detect(session.connection()).version()).isEqualTo("0");

      assertThat(installer.install(session.connection()).version()).isEqualTo("1");
      assertThat(session.events()).containsExactly("kind|kept");
    }
  }

  @Test
  void uninstallsButKeepsQueuesUnlessToldOtherwise() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key); select pgq_connect.add_table('q', 't')");

      assertThatThrownBy(() -> installer.uninstall(session.connection(), false))
          .hasMessageContaining("still holds the queues q")
          .hasMessageContaining("select pgq.drop_queue('NAME');");
      assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.BUILT_IN);

      installer.uninstall(session.connection(), true);
      assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.NONE);
      assertThat(session.text("select to_regnamespace('pgq_connect')::text")).isNull();
      session.run("insert into t values (1)"); // no trigger is left behind
    }
  }

  @Test
  void usesTheExtensionThatIsThere() throws Exception {
    try (TestDatabase database = TestServer.PGQ_EXTENSION.newDatabase();
        TestSession session = database.open()) {
      Engine engine = installer.install(session.connection());

      assertThat(engine.kind()).isEqualTo(EngineKind.EXTENSION);
      assertThat(engine.version()).startsWith("3.");
      assertThat(installer.createQueue(session.connection(), "q")).isTrue();
    }
  }

  @Test
  void createsTheExtensionWhenItMay() throws Exception {
    try (TestDatabase database = TestServer.PGQ_EXTENSION.newBareDatabase();
        TestSession session = database.open("postgres")) {
      assertThat(installer.install(session.connection()).kind()).isEqualTo(EngineKind.EXTENSION);
    }
  }

  @Test
  void fallsBackToTheBuiltInEngineWhereTheExtensionNeedsASuperuser() throws Exception {
    try (TestDatabase database = TestServer.PGQ_EXTENSION.newBareDatabase();
        TestSession session = database.open()) {
      assertThat(installer.install(session.connection()).kind()).isEqualTo(EngineKind.BUILT_IN);
      assertThat(installer.createQueue(session.connection(), "q")).isTrue();
      assertThat(session.text("select pgq.insert_event('q', 'a', 'b')")).isEqualTo("1");
    }
  }

  @Test
  void refusesASchemaOfThatNameThatIsSomethingElse() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase();
        TestSession session = database.open()) {
      session.run("create schema pgq");
      assertThatThrownBy(() -> installer.install(session.connection()))
          .hasMessageContaining("ALTER SCHEMA pgq RENAME TO");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void installsTheSameStateOnBothEngines(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      assertThat(
              session.rows(
                  "select table_name::text from information_schema.tables where table_schema = 'pgq_connect'"
                      + " order by 1"))
          .containsExactly(
              "captured_partition", "captured_table", "layout", "provider", "table_copy");
      assertThat(session.text("select nextval('pgq_connect.attempt_seq')")).isEqualTo("1");
    }
  }
}
