/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;

class RowDecoderTest {
  private static Layout layout(String... typeAndBase) {
    List<Layout.Column> columns = new java.util.ArrayList<>();
    for (int i = 0; i < typeAndBase.length; i += 2) {
      columns.add(new Layout.Column("c" + i / 2, typeAndBase[i], typeAndBase[i + 1], i == 0));
    }
    return Layout.recorded(1, new TableId("public", "t"), columns, List.of("c0"));
  }

  @Test
  void givesConnectTypesWhereTheyAreExact() {
    Layout layout =
        layout(
            "bigint",
            "int8",
            "smallint",
            "int2",
            "boolean",
            "bool",
            "bytea",
            "bytea",
            "integer",
            "int4");
    assertThat(new RowDecoder(layout).values("(9,-1,f,\"\\\\x00ff\",7)"))
        .containsExactly(9L, (short) -1, false, new byte[] {0, (byte) 0xff}, 7);
  }

  @Test
  void leavesEverythingElseAsPostgresWritesIt() {
    Layout layout =
        layout(
            "numeric",
            "numeric",
            "timestamp with time zone",
            "timestamptz",
            "integer[]",
            "_int4",
            "jsonb",
            "jsonb",
            "double precision",
            "float8");
    assertThat(
            new RowDecoder(layout)
                .values("(NaN,infinity,\"[0:1]={1,NULL}\",\"{\"\"a\"\": 1.10}\",-Infinity)"))
        .containsExactly("NaN", "infinity", "[0:1]={1,NULL}", "{\"a\": 1.10}", "-Infinity");
  }

  @Test
  void namesTheColumnThatCannotBeRead() {
    assertThatThrownBy(() -> new RowDecoder(layout("integer", "int4")).values("(x)"))
        .isInstanceOf(StopException.class)
        .hasMessage("Column c0 of table public.t holds a value that is no integer");
  }

  @Test
  void namesTheTableWhoseRowDoesNotFit() {
    assertThatThrownBy(() -> new RowDecoder(layout("integer", "int4")).values("(1,2)"))
        .hasMessageContaining("A row of table public.t cannot be read")
        .hasMessageContaining("more than 1 columns");
  }

  @Test
  void keyColumnsAreRequiredAndOthersOptional() {
    Layout layout = layout("integer", "int4", "text", "text");
    assertThat(layout.isOptional(layout.columns().get(0))).isFalse();
    assertThat(layout.isOptional(layout.columns().get(1))).isTrue();
  }
}
