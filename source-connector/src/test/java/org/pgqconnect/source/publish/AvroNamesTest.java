/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.wire.EnvelopeSchema;
import org.pgqconnect.wire.NameAdjustment;

class AvroNamesTest {
  private static void check(
      String prefix, boolean avro, NameAdjustment schemas, NameAdjustment fields, String... names) {
    List<Layout.Column> columns =
        Stream.of(names).map(name -> new Layout.Column(name, "integer", "int4", true)).toList();
    new AvroNames(
            new EnvelopeSchema.Origin("1", prefix, "db", "q", schemas, fields, Optional.empty()),
            avro)
        .check(Layout.recorded(1, new TableId("public", "t"), columns, List.of(names[0])));
  }

  @Test
  void refusesColumnsThatWouldBecomeOne() {
    assertThatThrownBy(
            () -> check("p", false, NameAdjustment.NONE, NameAdjustment.AVRO, "id", "a-b", "a_b"))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("table public.t")
        .hasMessageContaining("columns \"a-b\" and \"a_b\" would both be field \"a_b\"")
        .hasMessageContaining("field.name.adjustment.mode=avro_unicode")
        .hasMessageContaining("column.exclude.list");
    assertThatCode(
            () ->
                check(
                    "p",
                    true,
                    NameAdjustment.AVRO,
                    NameAdjustment.AVRO_UNICODE,
                    "id",
                    "a-b",
                    "a_b"))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesNamesThatAvroForbidsWhereAConverterWritesIt() {
    assertThatThrownBy(
            () -> check("av-p", true, NameAdjustment.NONE, NameAdjustment.NONE, "id", "my-col"))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Rows of table public.t cannot be published in Avro")
        .hasMessageContaining("schema name \"av-p.public.t\" and columns \"my-col\"")
        .hasMessageContaining(
            "Set schema.name.adjustment.mode=avro and field.name.adjustment.mode=avro");
    assertThatCode(
            () -> check("av-p", false, NameAdjustment.NONE, NameAdjustment.NONE, "id", "my-col"))
        .as("JSON")
        .doesNotThrowAnyException();
    assertThatCode(
            () -> check("av-p", true, NameAdjustment.AVRO, NameAdjustment.AVRO, "id", "my-col"))
        .doesNotThrowAnyException();
    assertThatCode(() -> check("p", true, NameAdjustment.NONE, NameAdjustment.NONE, "id", "my_col"))
        .doesNotThrowAnyException();
  }
}
