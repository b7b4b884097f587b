/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.decode.Layout;

class CopySqlTest {
  private static final TableId TABLE = new TableId("My", "t\"x");
  private static final List<Layout.Column> KEY =
      List.of(
          new Layout.Column("a", "integer", "int4", true),
          new Layout.Column("B b", "character varying(5)", "varchar", true));
  private static final Layout LAYOUT = Layout.unrecorded(TABLE, KEY, List.of("a", "B b"));
  private static final CopySource WHOLE =
      new CopySource(LAYOUT, LAYOUT, "", CopySource.WHOLE_ROW, Optional.empty(), true);

  @Test
  void firstChunkStartsAtTheBeginning() {
    assertThat(CopySql.chunk(TABLE, WHOLE, KEY, KeyOrder.NONE, false, 10))
        .contains(
            "(select textin(record_out(t.*)) as line, json_build_array(concat(t.\"a\"),"
                + " concat(t.\"B b\"))::text as key from only \"My\".\"t\"\"x\" t order by t.\"a\","
                + " t.\"B b\" limit 10)");
  }

  @Test
  void laterChunksStartAfterTheLastKey() {
    assertThat(CopySql.chunk(TABLE, WHOLE, KEY, KeyOrder.NONE, true, 10))
        .contains(
            " where (t.\"a\", t.\"B b\") OPERATOR(pg_catalog.>) (?::text::integer,"
                + " ?::text::character varying(5)) order by");
  }

  @Test
  void optionsReplaceTheRowAndAddTheirCondition() {
    CopySource some =
        new CopySource(LAYOUT, LAYOUT, "", "row(t.a)::text", Optional.of("(t.a > 1)"), false);
    assertThat(CopySql.chunk(TABLE, some, KEY, KeyOrder.NONE, true, 10))
        .contains("select row(t.a)::text as line, json_build_array(")
        .contains(" from \"My\".\"t\"\"x\" t where (t.\"a\", ")
        .contains(") and (t.a > 1) order by t.\"a\"");
  }
}
