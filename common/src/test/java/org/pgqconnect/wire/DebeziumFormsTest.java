/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What PostgreSQL wrote is what is read, through Debezium's types and JSON with schemas. */
class DebeziumFormsTest {
  private static DebeziumModes modes(DebeziumModes.Times times) {
    return new DebeziumModes(
        DebeziumModes.Decimals.PRECISE, times, DebeziumModes.Intervals.STRING, false);
  }

  private static final DebeziumModes ADAPTIVE = modes(DebeziumModes.Times.ADAPTIVE);

  private static Object there(DebeziumModes modes, String type, String base, String text) {
    ValueForm form =
        new DebeziumForms(modes, Map.of("s.mood", List.of("sad", "ok"))).of(type, base);
    return form.encoder().encode(form.schema(true), ColumnType.of(base).value(text));
  }

  private static String andBack(DebeziumModes modes, String type, String base, String text) {
    ValueForm form =
        new DebeziumForms(modes, Map.of("s.mood", List.of("sad", "ok"))).of(type, base);
    Schema row = SchemaBuilder.struct().field("c", form.schema(true)).build();
    Struct struct = new Struct(row).put("c", there(modes, type, base, text));
    try (JsonConverter converter = new JsonConverter()) {
      converter.configure(Map.of(), false);
      byte[] json = converter.fromConnectData("topic", row, struct);
      Struct read = (Struct) converter.toConnectData("topic", json).value();
      return ValueText.of(DebeziumValues.row(read).get("c"), base.equals("bytea"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "boolean|bool|t",
        "smallint|int2|-32768",
        "bigint|int8|-9223372036854775808",
        "oid|oid|4294967295",
        "numeric(12,4)|numeric|-99999999.9999",
        "numeric(5,-2)|numeric|12300",
        "numeric|numeric|0.000",
        "numeric|numeric|123456789012345678901234567890.12345678901234567890",
        "amount|numeric|1.50",
        "bytea|bytea|\\x00ff5c",
        "bit(1)|bit|1",
        "bit(1)|bit|0",
        "bit(5)|bit|10010",
        "bit(11)|bit|00000000001",
        "bit varying|varbit|0001",
        "date|date|2026-02-28",
        "date|date|infinity",
        "date|date|-infinity",
        "date|date|4714-11-24 BC",
        "date|date|5874897-12-31",
        "time without time zone|time|23:59:59.999999",
        "time without time zone|time|24:00:00",
        "time(3) without time zone|time|23:59:59.999",
        "time(0) without time zone|time|24:00:00",
        "time with time zone|timetz|23:59:59.999999+05:45",
        "time with time zone|timetz|24:00:00-15:59",
        "time with time zone|timetz|00:00:00+00",
        "timestamp without time zone|timestamp|2026-03-29 02:30:00",
        "timestamp without time zone|timestamp|0001-12-31 23:59:59.999999 BC",
        "timestamp without time zone|timestamp|4713-01-01 00:00:00.000001 BC",
        "timestamp without time zone|timestamp|infinity",
        "timestamp(3) without time zone|timestamp|-infinity",
        "timestamp(3) without time zone|timestamp|1969-12-31 23:59:59.999",
        "timestamp(0) without time zone|timestamp|2026-03-29 02:30:00",
        "timestamp with time zone|timestamptz|2026-10-25 00:30:00.1234+00",
        "timestamp with time zone|timestamptz|2026-10-25 00:30:00+00",
        "timestamp with time zone|timestamptz|0044-03-15 00:00:00+00 BC",
        "timestamp with time zone|timestamptz|294276-12-31 23:59:59.999999+00",
        "timestamp with time zone|timestamptz|infinity",
        "interval|interval|1 year -2 mons +3 days -04:05:06.789",
        "interval|interval|-1 mons",
        "interval|interval|-1 days +00:00:00.000001",
        "interval|interval|-00:00:00.000001",
        "interval|interval|00:00:00",
        "interval|interval|178000000 years 2562047788:00:54.775807",
        "interval|interval|infinity",
        "jsonb|jsonb|{\"a\": 1.00}",
        "uuid|uuid|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "inet|inet|10.0.0.1/8",
        "int4range|int4range|[1,5)",
        "tsvector|tsvector|'a':1A",
        "integer[]|_int4|{1,NULL,3}",
        "integer[]|_int4|{}",
        "text[]|_text|{a,NULL,\"NULL\",\"\",\"x,y\",\"\\\"\\\\\",\" \"}",
        "bytea[]|_bytea|{\"\\\\x00ff\",NULL}",
        "boolean[]|_bool|{t,f,NULL}",
        "numeric(5,2)[]|_numeric|{1.50,NULL}",
        "timestamp with time zone[]|_timestamptz|{\"2026-01-01 00:00:00+00\",infinity}",
        "bit(3)[]|_bit|{101,010}",
        "bit(11)|bit|00000000000",
        "timestamp(2) with time zone|timestamptz|2026-10-25 00:30:00.1+00",
        "s.mood|s.mood|sad",
        "s.mood[]|s._mood|{sad,\"very \\\"happy\\\"\"}",
        "box[]|_box|{(2,2),(1,1);(4,4),(3,3)}",
        "public.ltree|public.ltree|a.b",
        "money|money|-92233720368547758.08",
      })
  void valuesComeBack(String type, String base, String text) {
    assertThat(andBack(ADAPTIVE, type, base, text)).isEqualTo(text);
  }

  @ParameterizedTest
  @EnumSource(
      value = DebeziumModes.Times.class,
      names = {"ADAPTIVE", "ADAPTIVE_TIME_MICROSECONDS", "MICROSECONDS", "ISOSTRING"})
  void randomTimesComeBack(DebeziumModes.Times mode) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      long micros = random.nextLong() >> random.nextInt(40) + (mode.ordinal() == 3 ? 0 : 1);
      String timestamp =
          micros < -210_000_000_000_000_000L
              ? "4713-01-01 00:00:00 BC"
              : DateTimeText.timestampOfMicros(micros);
      String date = timestamp.replaceFirst(" [0-9:.]+", "");
      String time = DateTimeText.timeOfMicros(Math.floorMod(micros, DateTimeText.DAY_MICROS));
      DebeziumModes modes = modes(mode);
      String why = "seed " + seed;
      assertThat(andBack(modes, "timestamp without time zone", "timestamp", timestamp))
          .as(why)
          .isEqualTo(timestamp);
      assertThat(andBack(modes, "date", "date", date)).as(why).isEqualTo(date);
      assertThat(andBack(modes, "time without time zone", "time", time)).as(why).isEqualTo(time);
    }
  }

  @Test
  void numbersAreThoseOfJava() {
    assertThat(there(ADAPTIVE, "timestamp without time zone", "timestamp", "2026-03-29 02:30:00.5"))
        .isEqualTo(
            LocalDateTime.of(2026, 3, 29, 2, 30).toEpochSecond(java.time.ZoneOffset.UTC) * 1_000_000
                + 500_000);
    assertThat(
            there(ADAPTIVE, "timestamp(3) without time zone", "timestamp", "1970-01-01 00:00:01"))
        .isEqualTo(1000L);
    assertThat(there(ADAPTIVE, "date", "date", "1970-01-02")).isEqualTo(1);
    assertThat(there(ADAPTIVE, "numeric(5,2)", "numeric", "1.50"))
        .isEqualTo(new BigDecimal("1.50"));
    assertThat(there(ADAPTIVE, "bit(10)", "bit", "1000000010")).isEqualTo(new byte[] {2, 2});
    assertThat(there(ADAPTIVE, "interval", "interval", "1 year 2 mons -00:00:06.789"))
        .isEqualTo("P1Y2M0DT0H0M-6.789S");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "numeric|numeric|NaN|decimal.handling.mode=string or values=text",
        "numeric(5,2)|numeric|NaN|decimal.handling.mode=string or values=text",
        "numeric|numeric|-Infinity|decimal.handling.mode=string or values=text",
        "real|float4|NaN|a converter of Avro or values=text",
        "double precision|float8|-Infinity|a converter of Avro or values=text",
        "integer[]|_int4|{{1,2},{3,4}}|values=text",
        "integer[]|_int4|[2:3]={1,2}|values=text",
        "timestamp without time zone|timestamp|294276-12-31 23:59:59.999999|"
            + "time.precision.mode=isostring or values=text",
      })
  void refusesWhatHasNoForm(String type, String base, String text, String remedy) {
    assertThatThrownBy(() -> there(ADAPTIVE, type, base, text))
        .isInstanceOf(InexactValueException.class)
        .extracting(e -> ((InexactValueException) e).remedy())
        .isEqualTo(remedy);
  }

  /** As PgQ's triggers may write, with the settings of the session. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "interval|interval|P1Y2M3DT4H5M6S",
        "interval|interval|1-2 3 4:05:06",
        "interval|interval|@ 1 year 2 mons ago",
        "timestamp with time zone|timestamptz|2026-10-25 02:30:00+02",
        "money|money|1.234,56 EUR",
        "date|date|25.10.2026",
        "date|date|10-25-2026",
      })
  void refusesWhatOtherSettingsWrote(String type, String base, String text) {
    assertThatThrownBy(() -> there(ADAPTIVE, type, base, text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The number that stands for infinity is that of a time, too. */
  @Test
  void refusesTheTimeThatWouldBeInfinite() {
    String text = DateTimeText.timestampOfMicros(DebeziumForms.POSITIVE_INFINITY);
    assertThatThrownBy(() -> there(ADAPTIVE, "timestamp without time zone", "timestamp", text))
        .hasMessageContaining("stands for infinity");
  }

  @Test
  void remediesHelp() {
    DebeziumModes other =
        new DebeziumModes(
            DebeziumModes.Decimals.STRING,
            DebeziumModes.Times.ISOSTRING,
            DebeziumModes.Intervals.STRING,
            true);
    assertThat(andBack(other, "numeric(5,2)", "numeric", "NaN")).isEqualTo("NaN");
    String last = "294276-12-31 23:59:59.999999";
    assertThat(andBack(other, "timestamp without time zone", "timestamp", last)).isEqualTo(last);
    assertThat(there(other, "real", "float4", "NaN")).isEqualTo(Float.NaN);
  }
}
