/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

public class KeyEqualityTest {
  public static TargetColumn here(String type, String name, String collation) {
    return new TargetColumn(
        "k",
        type,
        type,
        name,
        name,
        false,
        false,
        false,
        false,
        "=",
        collation,
        collation == null,
        null,
        null,
        null);
  }

  private static TableDefinition.Column there(String type, String base, String collation) {
    return new TableDefinition.Column("k", type, true, base, collation, null, 1, null);
  }

  @ParameterizedTest
  @CsvSource({
    "integer, int4, , bigint, int8, , true",
    "bigint, int8, , numeric, numeric, , true",
    "integer, int4, , text, text, , true",
    "character varying(5), varchar, , text, text, , true",
    "uuid, uuid, , app.citext, app.citext, , true",
    "public.citext, public.citext, , app.citext, app.citext, , true",
    "public.citext, public.citext, , text, text, , false",
    "text, text, , public.citext, public.citext, , false",
    "text, text, , character(5), bpchar, , false",
    "character(5), bpchar, , text, text, , true",
    "bpchar, bpchar, , text, text, , false",
    "'numeric(10,2)', numeric, , text, text, , true",
    "numeric, numeric, , text, text, , false",
    "numeric, numeric, , numeric, numeric, , true",
    "double precision, float8, , text, text, , false",
    "interval, interval, , text, text, , false",
    "jsonb, jsonb, , text, text, , false",
    "text, text, , text, text, public.ci, false",
    "text, text, public.ci, text, text, , false",
    "text, text, public.ci, text, text, app.ci, true",
    "text, text, public.ci, text, text, app.other, false",
    "public.mood, public.mood, , public.mood, public.mood, , true",
    "integer[], _int4, , bigint[], _int8, , true",
    "text[], _text, , public.citext[], public._citext, , false"
  })
  void keysAreEqualOnBothSidesOrNot(
      String type,
      String base,
      String collation,
      String hereType,
      String hereName,
      String hereCollation,
      boolean same) {
    assertThat(
            KeyEquality.isSame(
                there(type, base, collation), here(hereType, hereName, hereCollation)))
        .isEqualTo(same);
  }

  @Test
  void saysHowToGiveTheKeyTheProvidersEquality() {
    TableId table = new TableId("public", "t");
    TargetTable target =
        new TargetTable(
            table,
            false,
            Map.of("k", here("public.citext", "public.citext", null)),
            List.of("k"),
            List.of(),
            List.of());
    TableDefinition definition =
        new TableDefinition(table, List.of(there("text", "text", null)), List.of("k"));
    assertThat(KeyEquality.problem(target, definition, List.of("k")).orElseThrow())
        .contains("Key column \"k\" of table public.t is text on the provider but public.citext")
        .contains("ALTER TABLE \"public\".\"t\" ALTER COLUMN \"k\" TYPE text USING \"k\"::text;");
  }
}
