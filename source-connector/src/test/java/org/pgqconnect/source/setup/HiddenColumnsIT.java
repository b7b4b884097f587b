/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.PgqSourceConfig;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** What an option hides, no connect of the source shows, whatever its patterns match by then. */
class HiddenColumnsIT {
  private TestDatabase database;
  private TestSession session;

  @BeforeEach
  void open() {
    database = TestServer.EMBEDDED.newDatabase().withQueue();
    session = database.open();
    session.run("create table t (id int primary key, v text, secret text, note text)");
    session.run("create table c (id int primary key, iban text, notes text, city text)");
  }

  @AfterEach
  void close() throws Exception {
    session.close();
    database.close();
  }

  /** As each connect of the task does, and each reconnect. */
  private void connect(String... keysAndValues) throws Exception {
    connect(true, keysAndValues);
  }

  private void connect(boolean running, String... keysAndValues) throws Exception {
    Map<String, String> all = new HashMap<>(database.connectorKeys());
    all.putAll(Map.of("name", "own", "topic.prefix", "p", "queue.name", "q"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      all.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    PgqSourceConfig config = new PgqSourceConfig(all);
    Provisioning.run(new Database(config.connection()), config.provisioning(), running);
  }

  private void add(String table, String options) {
    session.rows("select pgq_connect.add_table('q', ?::regclass, " + options + ")::text", table);
  }

  /** All that was to be copied is. */
  private void copied() {
    session.run("update pgq_connect.table_copy set state = 'done'");
  }

  private List<String> copies() {
    return session.rows("select table_name, state from pgq_connect.table_copy order by 1");
  }

  private String options(String table) {
    return session.text(
        "select pgq_connect.options_text(options) from pgq_connect.captured_table where table_oid ="
            + " ?::regclass",
        table);
  }

  private String lastEvent() {
    List<String> events = session.events();
    return events.get(events.size() - 1);
  }

  @Test
  void columnsThatWereRenamedStayHiddenWhenNoPatternNamesThemAnyMore() throws Exception {
    String[] keys = {
      "table.include.list", "public\\.t",
      "column.exclude.list", "public\\.t\\.secret",
      "column.mask.with.null", "public\\.t\\.v"
    };
    connect(keys);
    copied();
    session.run("alter table t rename secret to secret2; alter table t rename v to v2");
    for (int i = 0; i < 2; i++) {
      connect(keys);
      session.run("insert into t values (" + i + ", 'V', 'S', 'N')");
      assertThat(lastEvent()).isEqualTo("c|(" + i + ",,N)");
      session.rows("select pgq_connect.refresh_table('q', 't')::text");
    }
    assertThat(copies()).containsExactly("t|done");
    assertThat(options("t")).isEqualTo("without secret2 (and secret); masked v2 (and v)=null");
    // Other columns of the same table are named.
    connect(
        "table.include.list", "public\\.t",
        "column.exclude.list", "public\\.t\\.note",
        "column.mask.with.constant", "public\\.t\\.id2");
    session.run("insert into t values (3, 'V', 'S', 'N')");
    assertThat(lastEvent()).isEqualTo("c|(3,)");
  }

  @Test
  void aColumnThatTakesTheNameOfARenamedOneIsHidden() throws Exception {
    String[] keys = {
      "table.include.list", "public\\.t", "column.exclude.list", "public\\.t\\.secret"
    };
    connect(keys);
    session.run("alter table t rename secret to secret_old");
    session.rows("select pgq_connect.refresh_table('q', 't')::text");
    session.run("alter table t add secret text");
    for (int i = 0; i < 2; i++) {
      session.run("insert into t values (" + i + ", 'V', 'S', 'N', 'S2')");
      assertThat(lastEvent()).isEqualTo("c|(" + i + ",V,N)");
      session.rows("select pgq_connect.refresh_table('q', 't')::text");
      connect(keys);
    }
    session.run("alter table t drop secret, drop secret_old");
    connect(keys);
    session.run("alter table t add secret text, add secret_old text");
    connect(keys);
    session.run("insert into t values (5, 'V', 'N', 'S3', 'S3')");
    assertThat(lastEvent()).isEqualTo("c|(5,V,N)");
  }

  @Test
  void whatTheCommandHidStaysHiddenWherePatternsNameOtherTablesOrColumns() throws Exception {
    add(
        "c",
        "exclude => '{notes}', masks => '{\"iban\": \"hash\"}', salt => 'own', condition => 'id <"
            + " 10'");
    copied();
    session.run("insert into c values (1, 'DE00', 'n', 'Bonn')");
    String hashed = lastEvent();
    String[] others = {
      "table.include.list", "public\\.[ct]",
      "column.exclude.list", "public\\.t\\.secret",
      "column.mask.hash.sha256", "public\\.t\\.v",
      "column.mask.hash.salt", "pepper",
      "skip.messages.without.change", "false"
    };
    connect(others);
    session.run("delete from c; insert into c values (1, 'DE00', 'n', 'Bonn')");
    assertThat(lastEvent()).isEqualTo(hashed);
    assertThat(copies()).containsExactly("c|done", "t|requested");
    session.run("alter table c rename iban to account");
    connect(others);
    assertThat(copies()).containsExactly("c|done", "t|requested");
    session.run("alter table c rename account to iban");
    connect("table.include.list", "public\\.c", "column.mask.with.null", "public\\.c\\.city");
    assertThat(options("c")).isEqualTo("without notes; masked city=null, iban=hash; where id < 10");
    assertThat(copies()).containsExactly("c|requested", "t|requested");
    session.run("insert into c values (2, 'DE00', 'n', 'Bonn'), (10, 'DE00', 'n', 'Bonn')");
    assertThat(lastEvent()).isEqualTo(hashed.replace("(1,", "(2,").replace("Bonn", ""));
  }

  @Test
  void aPatternThatWouldShowARenamedColumnAsAHashIsRefused() throws Exception {
    String[] keys = {
      "table.include.list", "public\\.t",
      "column.mask.with.null", "public\\.t\\.secret",
      "column.mask.hash.sha256", "public\\.t\\.v"
    };
    connect(keys);
    session.run(
        "alter table t rename v to old; alter table t rename secret to v; alter table t rename old"
            + " to secret");
    assertThatThrownBy(() -> connect(keys))
        .hasMessageContaining(
            "Column v of table public.t was called secret when it was hidden (masked secret (and"
                + " v)=hash, v (and secret)=null), and a pattern of the connector would show it as"
                + " a hash")
        .hasMessageContaining(
            "or show it: ./pgq-connect provider add --queue q --mask 'secret=hash' --mask 'v=hash'"
                + " public.t");
    session.run("insert into t values (1, 'V', 'S', 'N')");
    assertThat(lastEvent()).isEqualTo("c|(1,,,N)");
    add("t", "masks => '{\"v\": \"hash\", \"secret\": \"hash\"}'");
    connect(keys);
    assertThat(options("t")).isEqualTo("masked v=hash, secret=null");
  }

  @Test
  void aColumnThatTakesTheNameOfAnIncludedOneIsRefused() throws Exception {
    String[] keys = {
      "table.include.list", "public\\.t", "column.include.list", "public\\.t\\.(note|id|new.*)"
    };
    connect(keys);
    session.run("insert into t values (1, 'V', 'S', 'N')");
    assertThat(lastEvent()).isEqualTo("c|(1,N)");
    session.run("alter table t rename note to remark; alter table t rename secret to note");
    copied();
    session.rows("select pgq_connect.refresh_table('q', 't')::text");
    assertThatThrownBy(() -> connect(keys))
        .hasMessageContaining(
            "Column note of table public.t was called secret when it was hidden (only id, remark),"
                + " and a pattern of the connector would show it")
        .hasMessageContaining("provider add --queue q --only-columns 'id,note,remark' public.t");
    session.run("alter table t rename note to secret; alter table t add newer text");
    connect(keys);
    session.run("insert into t values (2, 'V', 'S', 'N', 'new')");
    assertThat(lastEvent()).isEqualTo("c|(2,N,new)");
    assertThat(options("t")).isEqualTo("only id, newer, remark");
    // A column that the configuration names by its own name is what the operator asks for.
    connect("table.include.list", "public\\.t", "column.include.list", "public\\.t\\.(v|remark)");
    session.run("insert into t values (3, 'V', 'S', 'N', 'new')");
    assertThat(lastEvent()).isEqualTo("c|(3,V,N)");
  }

  @Test
  void aColumnThatIsIncludedAndMaskedWithNullIsMasked() {
    add("c", "only_columns => '{iban,city}', masks => '{\"iban\": \"null\"}'");
    session.run("insert into c values (1, 'DE00', 'n', 'Bonn')");
    assertThat(lastEvent()).isEqualTo("c|(1,,Bonn)");
  }

  @Test
  void aForeignTableThatTheCommandAddedIsMaskedLikeOthers() throws Exception {
    try (TestSession admin = database.open("postgres")) {
      admin.run(
          "create foreign data wrapper nowhere; create server nowhere foreign data wrapper nowhere;"
              + " grant usage on foreign server nowhere to installer");
    }
    session.run("create foreign table ft (id int not null, secret text) server nowhere");
    add("ft", "key_columns => '{id}'");
    connect("table.include.list", "public\\.ft", "column.mask.with.null", ".*\\.secret");
    assertThat(options("ft")).isEqualTo("masked secret=null");
  }

  @Test
  void aRowConditionFollowsItsColumn() throws Exception {
    String[] keys = {
      "table.include.list", "public\\.t",
      "row.filter.tables", "public.t",
      "row.filter.condition.public.t", "v = 'yes'"
    };
    connect(keys);
    copied();
    session.run("alter table t rename v to old; alter table t rename note to v");
    connect(keys);
    session.run("insert into t values (1, 'yes', 's', 'no'), (2, 'no', 's', 'yes')");
    assertThat(lastEvent()).isEqualTo("c|(1,yes,s,no)");
    assertThat(copies()).containsExactly("t|done");
    session.run("alter table t drop old; alter table t rename v to old; alter table t add v text");
    connect(keys);
    session.run("insert into t values (3, 's', 'no', 'yes'), (4, 's', 'yes', 'no')");
    assertThat(lastEvent()).isEqualTo("c|(3,s,no,yes)");
  }

  @Test
  void aMaskThatNoLongerFitsClosesItsColumnAndFailsNoReconnect() throws Exception {
    String[] keys = {
      "table.include.list", "public\\.[ct]",
      "column.mask.hash.sha256", "public\\.t\\.v",
      "column.mask.hash.salt", "pepper"
    };
    connect(keys);
    copied();
    session.run("alter table t alter v type int using 7");
    connect(keys);
    session.run("insert into t values (1, 7, 'S', 'N')");
    assertThat(lastEvent()).isEqualTo("c|(1,,S,N)");
    assertThat(copies()).containsExactly("c|done", "t|done");
    // What is to be hidden from now on, and cannot be, must not be shown.
    for (String[] more :
        List.of(
            new String[] {"column.mask.with.null", "public\\.t\\.secret"},
            new String[] {"column.exclude.list", "public\\.t\\.secret"},
            new String[] {"column.include.list", "public\\.t\\.(v|note)"},
            new String[] {"skip.messages.without.change", "true"},
            new String[] {
              "row.filter.tables", "public.t", "row.filter.condition.public.t", "note = 'N'"
            })) {
      assertThatThrownBy(() -> connect(concat(keys, more)))
          .hasMessageContaining("Column v of table public.t cannot be masked with hash");
    }
    // A new connector learns of it before it publishes anything.
    assertThatThrownBy(() -> connect(false, keys))
        .hasMessageContaining("Column v of table public.t cannot be masked with hash");
    session.run("alter table t alter v type text");
    connect(keys);
    assertThat(options("t")).isEqualTo("masked v=hash");
  }

  @Test
  void anotherSaltIsNotIgnoredWhereAMaskNoLongerFits() throws Exception {
    String[] keys = {
      "table.include.list", "public\\.t",
      "column.mask.hash.sha256", "public\\.t\\.(v|secret)",
      "column.mask.hash.salt", "pepper"
    };
    connect(keys);
    session.run("alter table t alter v type int using 7");
    connect(keys);
    keys[5] = "salt";
    assertThatThrownBy(() -> connect(keys)).hasMessageContaining("cannot be masked with hash");
  }

  @Test
  void aConditionThatNoLongerFitsIsClosedAndFailsNoReconnect() throws Exception {
    String[] keys = {
      "table.include.list", "public\\.t",
      "row.filter.tables", "public.t",
      "row.filter.condition.public.t", "v = 'yes'"
    };
    connect(keys);
    session.run("insert into t values (1, 'yes', 's', 'n')");
    int before = session.events().size();
    session.run("alter table t drop v");
    connect(keys);
    session.run("insert into t values (2, 's', 'n')");
    assertThat(session.events()).hasSize(before);
  }

  private static String[] concat(String[] keys, String[] more) {
    return Stream.of(keys, more).flatMap(Stream::of).toArray(String[]::new);
  }

  @Test
  void aTableThatTakesTheNameOfAnotherOneIsAsSecret() throws Exception {
    add("c", "masks => '{\"iban\": \"null\"}', exclude => '{notes}'");
    session.run(
        "create table c2 (like c including all); alter table c rename to c_old; alter table c2"
            + " rename to c");
    connect("table.include.list", "public\\.c", "skip.messages.without.change", "true");
    session.run("insert into c values (1, 'DE00', 'n', 'Bonn')");
    assertThat(lastEvent()).isEqualTo("c|(1,,Bonn)");
    session.run(
        "drop table c, c_old; create table c (id int primary key, city text, account text)");
    assertThatThrownBy(() -> add("c", "copy => true"))
        .hasMessageContaining(
            "Table public.c is another one than that whose options it has (without notes; masked"
                + " iban=null; skips unchanged rows), and lacks columns that these name")
        .hasMessageContaining("./pgq-connect provider remove --queue q public.c");
    assertThatThrownBy(() -> connect("column.mask.with.null", "public\\.c\\.account"))
        .hasMessageContaining("lacks columns that these name");
    add("c", "masks => '{\"account\": \"null\"}', exclude => '{}'");
    assertThat(options("c")).isEqualTo("masked account=null; skips unchanged rows");
  }
}
