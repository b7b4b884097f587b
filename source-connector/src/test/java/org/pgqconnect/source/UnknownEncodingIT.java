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
import java.sql.SQLWarning;
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
      session.run("create table t (id int primary key, v text)");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      // In UTF-8 the second byte of the first text is the one that the second text is not UTF-8
      // for.
      session.run("insert into t values (1, convert_from('\\xc396', 'SQL_ASCII'))");
      session.run("insert into t values (2, convert_from('\\x6196', 'SQL_ASCII'))");
      Map<String, String> keys = new HashMap<>(database.connectorKeys());
      keys.put("topic.prefix", "t");
      keys.put("queue.name", "q");
      String message =
          SourceFailure.explain(new PgqSourceConfig(keys), failure(session)).getMessage();
      assertThat(message)
          .contains("holds a text that is not UTF-8: ERROR: invalid byte sequence", "SQL_ASCII");
      Matcher statements =
          Pattern.compile("(do \\$.*end \\$\\$;).*(update pgq.*?;)").matcher(message);
      assertThat(statements.find()).isTrue();
      Matcher found =
          Pattern.compile("event (\\d+) of table (\\S+): \\\\x28322c619629")
              .matcher(notices(session, statements.group(1)));
      assertThat(found.matches()).isTrue();
      session.run(
          statements
              .group(2)
              .replace("<event>", found.group(1))
              .replace("<table>", found.group(2)));
      assertThat(session.events("public.t")).containsExactly("c|(1,\u00d6)", "c|(2,a\u0096)");
    }
  }

  private static String notices(TestSession session, String sql) {
    try (Statement statement = session.connection().createStatement()) {
      statement.execute(sql);
      StringBuilder notices = new StringBuilder();
      for (SQLWarning w = statement.getWarnings(); w != null; w = w.getNextWarning()) {
        notices.append(w.getMessage());
      }
      return notices.toString();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
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
