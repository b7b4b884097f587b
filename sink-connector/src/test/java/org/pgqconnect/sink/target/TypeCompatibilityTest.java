/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.sink.target.TypeCompatibility.Difference;

class TypeCompatibilityTest {
  private static boolean holds(String provider, String subscriber) {
    return TypeCompatibility.difference(ValueType.of(provider), onSubscriber(subscriber)).isEmpty();
  }

  /** {@code enum(..)} says what only the subscriber's catalog tells. */
  private static ValueType onSubscriber(String type) {
    if (!type.startsWith("enum(")) {
      return ValueType.of(type);
    }
    ValueType labels = ValueType.Scalar.of(type.substring(5, type.indexOf(')')), true);
    return type.endsWith("[]") ? new ValueType.Array(labels) : labels;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      value = {
        "integer > integer",
        "smallint > bigint",
        "bigint > numeric",
        "integer > numeric(10,0)",
        "integer > double precision",
        "real > double precision",
        "numeric(10,2) > numeric",
        "numeric(10,2) > numeric(12,2)",
        "numeric(10,2) > numeric(14,4)",
        "numeric(6,-2) > numeric(8,0)",
        "character varying(10) > character varying(20)",
        "character varying(10) > text",
        "text > character varying",
        "text > public.citext",
        "public.citext > text",
        "public.citext > app.citext",
        "character(5) > character varying(5)",
        "character(5) > bpchar",
        "bpchar > text",
        "timestamp(3) without time zone > timestamp without time zone",
        "timestamp without time zone > timestamp(6) without time zone",
        "interval day to second(3) > interval",
        "interval day to second(3) > interval day to second",
        "interval > interval(6)",
        "date > timestamp without time zone",
        "jsonb > json",
        "interval > text",
        "integer > character varying",
        "integer[] > text",
        "integer[] > bigint[]",
        "integer[] > text[]",
        "numeric(10,2)[] > numeric(12,2)[]",
        "box[] > box[]",
        "public.mood[] > text[]",
        "public.citext[] > text[]",
        "public.hstore[] > character varying[]",
        "oid > bigint",
        "xid8 > numeric",
        "public.mood > text",
        "public.mood > app.mood",
        "public.mood > enum(public.mood)",
        "public.mood > enum(app.feeling)",
        "public.mood[] > enum(app.feeling)[]",
        "text > enum(public.mood)",
        "integer > enum(public.mood)",
        "public.vector(3) > ext.vector(3)",
        "public.vector(3) > ext.vector",
        "public.geometry(Point,4326)[] > ext.geometry[]",
        "uuid > character varying(36)",
        "cidr > inet",
        "bit(3) > bit varying(8)",
        "\"bit\" > bit varying",
        "bytea > text",
        "\"char\" > \"char\"",
        "row(a numeric(10,2), \"b, (c\" text) > row(x numeric(12,2), y text)",
        "row(a row(b integer[])[]) > row(a row(b bigint[])[])",
        "row(a integer) > text",
        "row() > row()",
        "int4range > int8range",
        "int4range > range(integer)",
        "int4range > numrange",
        "daterange > tsrange",
        "int4multirange > int8multirange",
        "range(numeric(10,2)) > range(numeric(12,2))",
        "multirange(numeric(10,2)) > multirange(numeric)"
      })
  void aTypeHoldsWhatIsNoWider(String provider, String subscriber) {
    assertThat(holds(provider, subscriber)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      value = {
        "bigint > integer",
        "numeric > integer",
        "numeric > numeric(10,2)",
        "numeric(10,2) > numeric(10,4)",
        "numeric(10,4) > numeric(12,2)",
        "integer > numeric(12,-2)",
        "bigint > double precision",
        "bigint > numeric(10,0)",
        "double precision > real",
        "double precision > numeric",
        "character varying(20) > character varying(10)",
        "text > character varying(10)",
        "public.citext > character varying(10)",
        "public.mood > character varying(10)",
        "text > integer",
        "text > \"char\"",
        "text > name",
        "character varying(63) > name",
        "bpchar > character(5)",
        "timestamp with time zone > timestamp without time zone",
        "timestamp without time zone > timestamp with time zone",
        "timestamp without time zone > date",
        "timestamp without time zone > timestamp(3) without time zone",
        "interval > interval year",
        "interval > interval(3)",
        "interval day to second > interval day to second(3)",
        "bit(3) > bit(4)",
        "\"bit\" > bit varying(8)",
        "bigint[] > integer[]",
        "integer[] > integer",
        "integer[][] > integer[]",
        "integer > integer[]",
        "box[] > text[]",
        "public.geometry[] > text[]",
        "gis.geography(Point,4326)[] > text[]",
        "public.mood[] > character varying(10)[]",
        "public.geometry > app.geography",
        "public.vector(3) > public.vector(4)",
        "public.json > json",
        "boolean > integer",
        "time with time zone > time without time zone",
        "bytea > uuid",
        "json > jsonb",
        "row(a numeric(10,4)) > row(a numeric(12,2))",
        "row(a integer) > row(a integer, b integer)",
        "row(a integer, b integer) > row(b integer, a integer)",
        "row(a integer) > integer",
        "row(a integer)[] > row(a smallint)[]",
        "int8range > int4range",
        "range(integer) > int4range",
        "int4range > range(text)",
        "numrange > nummultirange",
        "range(numeric(10,4)) > range(numeric(12,2))",
        "tsrange > daterange"
      })
  void aTypeDoesNotHoldWhatItMayCutOrMistake(String provider, String subscriber) {
    assertThat(holds(provider, subscriber)).isFalse();
  }

  @Test
  void namesTheMemberThatDiffers() {
    Difference difference =
        TypeCompatibility.difference(
                ValueType.of("row(id integer, parts row(\"at\" date, sizes numeric(12,4)[])[])"),
                ValueType.of(
                    "row(id integer, parts row(\"at\" date, \"Sizes\" numeric(12,2)[])[])"))
            .orElseThrow();
    assertThat(difference.path()).isEqualTo(List.of("parts", "Sizes"));
    assertThat(difference.owner().text()).isEqualTo("row(\"at\" date, \"Sizes\" numeric(12,2)[])");
    assertThat(difference.from().text()).isEqualTo("numeric(12,4)[]");
    assertThat(difference.to().text()).isEqualTo("numeric(12,2)[]");
  }
}
