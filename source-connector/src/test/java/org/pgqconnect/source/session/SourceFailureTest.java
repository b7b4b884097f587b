/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgqconnect.source.PgqSourceConfig;

class SourceFailureTest {
  private static String explained(String message, String state) {
    Map<String, String> keys = new HashMap<>();
    keys.put("database.hostname", "localhost");
    keys.put("database.dbname", "p");
    keys.put("database.user", "u");
    keys.put("topic.prefix", "t");
    keys.put("queue.name", "q");
    return SourceFailure.explain(
            new PgqSourceConfig(keys).session(), new SQLException(message, state))
        .getMessage();
  }

  @Test
  void onlyWhatIsPartOfTheEngineIsMissingBecauseItIsNotInstalled() {
    assertThat(explained("function pgq.next_batch_custom(text) does not exist", "42883"))
        .contains("PgQ is not, or not wholly, installed")
        .contains("provider install");
    assertThat(explained("schema \"pgq_connect\" does not exist", "3F000"))
        .contains("provider install");
    assertThat(explained("relation \"pgq.queue\" does not exist", "42P01"))
        .contains("provider install");
  }

  @Test
  void anOperatorOfATypeIsNotMissingBecauseTheEngineIsNotInstalled() {
    assertThat(explained("operator does not exist: public.hstore public.> public.hstore", "42883"))
        .contains("Reading queue \"q\" on the provider", "operator does not exist")
        .contains("(SQLSTATE 42883)")
        .doesNotContain("install");
    assertThat(explained("relation \"mypgq.orders\" does not exist", "42P01"))
        .doesNotContain("install");
  }
}
