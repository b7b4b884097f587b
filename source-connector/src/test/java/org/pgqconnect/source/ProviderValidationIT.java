/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.source.setup.Problem;
import org.pgqconnect.source.setup.ProviderValidation;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** Set-ups that the documentation describes pass the validation. */
class ProviderValidationIT {
  private TestDatabase database;
  private TestSession session;

  @BeforeEach
  void open() {
    database = TestServer.EMBEDDED.newDatabase().withQueue();
    session = database.open();
  }

  @AfterEach
  void close() throws Exception {
    session.close();
    database.close();
  }

  private List<String> problems(String... keysAndValues) {
    Map<String, String> all = new HashMap<>(database.connectorKeys());
    all.putAll(Map.of("name", "own", "topic.prefix", "p", "queue.name", "q"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      all.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return new ProviderValidation(new PgqSourceConfig(all).validation(), NanoClock.SYSTEM)
        .problems().stream().map(Problem::message).toList();
  }

  @Test
  void aTableWhoseRowsNeedNoCopyNeedsNoRightToReadThem() {
    session.run("create table t (id int primary key); revoke select on t from installer");
    assertThat(problems("table.include.list", "public\\.t"))
        .containsExactly(
            "Role \"installer\" cannot read table public.t, which its copy needs. Grant it: GRANT"
                + " SELECT ON \"public\".\"t\" TO \"installer\"");
    assertThat(problems("table.include.list", "public\\.t", "snapshot.mode", "no_data")).isEmpty();
    session.rows("select pgq_connect.add_table('q', 't', copy => false)::text");
    assertThat(problems("table.include.list", "public\\.t")).isEmpty();
    session.run("update pgq_connect.table_copy set state = 'requested'");
    assertThat(problems("table.include.list", "public\\.t")).hasSize(1);
  }

  @Test
  void aForeignTableThatIsCapturedIsOneThatMatches() {
    try (TestSession admin = database.open("postgres")) {
      admin.run(
          "create foreign data wrapper nowhere; create server nowhere foreign data wrapper nowhere;"
              + " grant usage on foreign server nowhere to installer");
    }
    session.run("create foreign table ft (id int not null, secret text) server nowhere");
    assertThat(problems("table.include.list", "public\\.ft"))
        .containsExactly(
            "public.ft is a foreign table, which a source connector does not add automatically, as"
                + " nothing says which columns identify its rows. Add it with --key: ./pgq-connect"
                + " provider add --help");
    session.rows("select pgq_connect.add_table('q', 'ft', key_columns => '{id}')::text");
    assertThat(problems("table.include.list", "public\\.ft")).isEmpty();
  }
}
