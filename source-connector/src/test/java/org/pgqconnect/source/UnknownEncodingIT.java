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

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** A database of encoding SQL_ASCII takes texts that no client can read as UTF-8. */
class UnknownEncodingIT {
  @Test
  void aTextThatIsNotUtf8IsReportedWithWhatMakesItOne() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabaseOfAnyBytes().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create table t (id int primary key, v text); create table u (id int primary key, v text)");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.run("insert into t values (1, convert_from('\\xc3a9', 'SQL_ASCII'))");
      assertThat(session.events("public.t")).containsExactly("c|(1,\u00e9)");
      session.run("insert into t values (2, convert_from('\\x61e9', 'SQL_ASCII'))");
      Map<String, String> keys = new HashMap<>(database.connectorKeys());
      keys.put("topic.prefix", "t");
      keys.put("queue.name", "q");
      String message =
          SourceFailure.explain(new PgqSourceConfig(keys), failure(session)).getMessage();
      assertThat(message)
          .contains("holds a text that is not UTF-8: ERROR: invalid byte sequence", "SQL_ASCII");
      Matcher statements =
          Pattern.compile("(select ev_id.*?;) .*(update pgq.*?;)").matcher(message);
      assertThat(statements.find()).isTrue();
      assertThat(session.rows(statements.group(1)))
          .singleElement()
          .asString()
          .contains("|public.t|");
      session.run(statements.group(2));
      assertThat(session.events("public.t")).containsExactly("c|(1,\u00e9)", "c|(2,a\u00e9)");
    }
  }

  private static SQLException failure(TestSession session) {
    try (Statement statement = session.connection().createStatement();
        ResultSet rows = statement.executeQuery("select ev_data from pgq.event_template")) {
      while (rows.next()) {
        rows.getString(1);
      }
      throw new AssertionError("The text is UTF-8");
    } catch (SQLException e) {
      return e;
    }
  }
}
