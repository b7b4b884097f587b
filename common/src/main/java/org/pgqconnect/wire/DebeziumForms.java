/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;

/**
 * How values travel with {@code values=debezium}: with the types and schema names of Debezium's
 * PostgreSQL connector, as its documentation lists them under "Data type mappings". Types that it
 * leaves out, or could not write so that they can be read back, are PostgreSQL's text. {@link
 * DebeziumValues} is the way back.
 */
public final class DebeziumForms {
  static final String PREFIX = "io.debezium.";
  static final String VARIABLE_SCALE = PREFIX + "data.VariableScaleDecimal";
  static final String BITS = PREFIX + "data.Bits";
  static final String LENGTH = "length";

  /** Marks a boolean that is a bit(1), whose text is another one. */
  static final String BIT_MARK = "org.pgqconnect.bit";

  /** What Debezium has for infinite timestamps, in microseconds since 1970. */
  static final long POSITIVE_INFINITY = 9_223_372_036_825_200_000L;

  static final long NEGATIVE_INFINITY = -9_223_372_036_832_400_000L;

  private static final Pattern NUMERIC = Pattern.compile("numeric\\((\\d+),(-?\\d+)\\)");
  private static final Pattern MONEY = Pattern.compile("-?\\$?[\\d,]+\\.\\d\\d");
  private static final Pattern BIT = Pattern.compile("bit\\((\\d+)\\)");
  private static final Pattern TIME = Pattern.compile("time(?:stamp)?\\((\\d)\\).*");

  private final DebeziumModes modes;
  private final Map<String, List<String>> labels;

  /**
   * @param labels of enums, in order, by the types' names as in {@link ColumnType#of}
   */
  public DebeziumForms(DebeziumModes modes, Map<String, List<String>> labels) {
    this.modes = requireNonNull(modes, "modes");
    this.labels = requireNonNull(labels, "labels");
  }

  /**
   * The form of a column.
   *
   * @param type with its modifiers; a domain's own name, without them
   * @param base as in {@link ColumnType#of}
   */
  public ValueForm of(String type, String base) {
    if (labels.containsKey(base)) {
      return text(
          () ->
              named(SchemaBuilder.string(), "data.Enum")
                  .parameter("allowed", String.join(",", labels.get(base))));
    }
    return switch (base) {
      case "bool", "int2", "int4", "int8", "bytea", "json", "jsonb", "uuid", "xml" ->
          ValueForm.plain(ColumnType.of(base));
      case "oid" -> ValueForm.ofText(SchemaBuilder::int64, Long::valueOf);
      case "float4" ->
          ValueForm.ofText(SchemaBuilder::float32, text -> requireNumber(Float.valueOf(text)));
      case "float8" ->
          ValueForm.ofText(SchemaBuilder::float64, text -> requireNumber(Double.valueOf(text)));
      case "numeric" -> numeric(type);
      case "money" -> money();
      case "date" -> date();
      case "time" -> time(type);
      case "timestamp" -> timestamp(type);
      case "timestamptz" -> zonedTimestamp(precision(type));
      case "timetz" -> ValueForm.ofText(() -> string("time.ZonedTime"), DebeziumForms::zonedTime);
      case "interval" -> interval();
      case "bit" -> bit(type);
      case "tsvector" -> text(() -> string("data.Tsvector"));
      default -> other(type, base);
    };
  }

  private ValueForm other(String type, String base) {
    String name = base.substring(base.indexOf('.') + 1);
    if (name.equals("ltree")) {
      return text(() -> string("data.Ltree"));
    }
    boolean array = name.startsWith("_") && type.endsWith("[]");
    String schema = base.substring(0, base.length() - name.length());
    String element = schema + name.substring(Math.min(1, name.length()));
    // Types of extensions may separate elements by something else than a comma, as box does.
    boolean commas =
        schema.isEmpty() && !base.equals("_box")
            || labels.containsKey(element)
            || element.endsWith(".citext")
            || element.endsWith(".ltree");
    return array && commas
        ? array(type.substring(0, type.length() - 2), element)
        : text(SchemaBuilder::string);
  }

  private ValueForm array(String type, String base) {
    ValueForm element = of(type, base);
    Schema schema = element.schema(true);
    ColumnType plain = ColumnType.of(base);
    return ValueForm.ofText(
        () -> SchemaBuilder.array(schema),
        text -> {
          List<String> elements =
              ArrayText.elements(text)
                  .orElseThrow(
                      () ->
                          new InexactValueException(
                              "an array of several dimensions, or one that does not begin with"
                                  + " element 1, which a list cannot say",
                              null));
          List<Object> values = new ArrayList<>(elements.size());
          for (String each : elements) {
            values.add(each == null ? null : element.encoder().encode(schema, plain.value(each)));
          }
          return values;
        });
  }

  private Object requireNumber(Number value) {
    double number = value.doubleValue();
    if (!modes.keepsNaN() && (Double.isNaN(number) || Double.isInfinite(number))) {
      throw new InexactValueException(
          "%s, which Kafka's JSON converter reads as 0".formatted(value), "a converter of Avro");
    }
    return value;
  }

  private ValueForm numeric(String type) {
    switch (modes.decimals()) {
      case STRING:
        return text(SchemaBuilder::string);
      case DOUBLE:
        return ValueForm.ofText(
            SchemaBuilder::float64, text -> requireNumber(Double.valueOf(text)));
      default:
        Matcher scaled = NUMERIC.matcher(type);
        if (!scaled.matches()) {
          return new ValueForm(
              DebeziumForms::variableScale, (schema, text) -> variableScale(schema, (String) text));
        }
        int scale = Integer.parseInt(scaled.group(2));
        return ValueForm.ofText(
            () -> Decimal.builder(scale).parameter("connect.decimal.precision", scaled.group(1)),
            text -> decimal(text).setScale(scale));
    }
  }

  private static SchemaBuilder variableScale() {
    return named(SchemaBuilder.struct(), "data.VariableScaleDecimal")
        .doc("Variable scaled decimal")
        .field("scale", Schema.INT32_SCHEMA)
        .field("value", Schema.BYTES_SCHEMA);
  }

  private static Struct variableScale(Schema schema, String text) {
    BigDecimal decimal = decimal(text);
    return new Struct(schema)
        .put("scale", decimal.scale())
        .put("value", decimal.unscaledValue().toByteArray());
  }

  private static BigDecimal decimal(String text) {
    if (Character.isLetter(text.charAt(text.length() - 1))) {
      throw new InexactValueException(
          "%s, which no decimal is".formatted(text), "decimal.handling.mode=string");
    }
    return new BigDecimal(text);
  }

  private ValueForm money() {
    switch (modes.decimals()) {
      case STRING:
        return ValueForm.ofText(SchemaBuilder::string, text -> amount(text).toPlainString());
      case DOUBLE:
        return ValueForm.ofText(SchemaBuilder::float64, text -> amount(text).doubleValue());
      default:
        return ValueForm.ofText(() -> Decimal.builder(2), text -> amount(text).setScale(2));
    }
  }

  private static BigDecimal amount(String text) {
    if (!MONEY.matcher(text).matches()) {
      throw new IllegalArgumentException("not written with lc_monetary=C");
    }
    return new BigDecimal(text.replaceAll("[^0-9.-]", ""));
  }

  private ValueForm date() {
    return switch (modes.times()) {
      case ISOSTRING ->
          ValueForm.ofText(
              () -> string("time.IsoDate"),
              text -> isInfinite(text) ? text : DateTimeText.isoDate(text) + "Z");
      case CONNECT ->
          ValueForm.ofText(
              Date::builder,
              text -> new java.util.Date(requireFinite(text, DateTimeText::days) * 86_400_000L));
      default ->
          ValueForm.ofText(
              () -> named(SchemaBuilder.int32(), "time.Date"),
              text ->
                  isInfinite(text)
                      ? text.startsWith("-") ? Integer.MIN_VALUE : Integer.MAX_VALUE
                      : (int) DateTimeText.days(text));
    };
  }

  private ValueForm time(String type) {
    boolean millis = modes.times() == DebeziumModes.Times.ADAPTIVE && precision(type) <= 3;
    return switch (modes.times()) {
      case ISOSTRING -> ValueForm.ofText(() -> string("time.IsoTime"), text -> text + "Z");
      case CONNECT ->
          ValueForm.ofText(
              Time::builder, text -> new java.util.Date(DateTimeText.timeMicros(text) / 1000));
      default ->
          millis
              ? ValueForm.ofText(
                  () -> named(SchemaBuilder.int32(), "time.Time"),
                  text -> (int) (DateTimeText.timeMicros(text) / 1000))
              : ValueForm.ofText(
                  () -> named(SchemaBuilder.int64(), "time.MicroTime"), DateTimeText::timeMicros);
    };
  }

  private ValueForm timestamp(String type) {
    boolean millis = modes.times() != DebeziumModes.Times.MICROSECONDS && precision(type) <= 3;
    return switch (modes.times()) {
      case ISOSTRING ->
          ValueForm.ofText(
              () -> string("time.IsoTimestamp"),
              text -> isInfinite(text) ? text : DateTimeText.isoTimestamp(text) + "Z");
      case CONNECT ->
          ValueForm.ofText(
              Timestamp::builder,
              text -> new java.util.Date(requireFinite(text, DebeziumForms::micros) / 1000));
      default ->
          ValueForm.ofText(
              () -> named(SchemaBuilder.int64(), millis ? "time.Timestamp" : "time.MicroTimestamp"),
              text -> timestamp(text, millis ? 1000 : 1));
    };
  }

  private static Object timestamp(String text, int unit) {
    if (isInfinite(text)) {
      return (text.startsWith("-") ? NEGATIVE_INFINITY : POSITIVE_INFINITY) / unit;
    }
    long value = micros(text) / unit;
    if (value == POSITIVE_INFINITY / unit || value == NEGATIVE_INFINITY / unit) {
      throw new InexactValueException(
          "the timestamp whose number stands for infinity", "time.precision.mode=isostring");
    }
    return value;
  }

  private static long micros(String text) {
    try {
      return DateTimeText.timestampMicros(text);
    } catch (ArithmeticException e) {
      throw new InexactValueException(
          "a timestamp later than 64 bits hold in microseconds since 1970",
          "time.precision.mode=isostring");
    }
  }

  private static long requireFinite(String text, Function<String, Long> number) {
    if (isInfinite(text)) {
      throw new InexactValueException(
          text + ", which Connect's own types have not", "time.precision.mode=adaptive");
    }
    return number.apply(text);
  }

  private static boolean isInfinite(String text) {
    return text.endsWith("infinity");
  }

  /** With as many digits behind the point as the column has, and the zone of the text: UTC. */
  private static ValueForm zonedTimestamp(int digits) {
    return ValueForm.ofText(
        () -> string("time.ZonedTimestamp"),
        text -> {
          if (isInfinite(text)) {
            return text;
          }
          String iso = DateTimeText.isoTimestamp(text);
          if (!iso.endsWith("+00")) {
            throw new IllegalArgumentException("not written with TimeZone=UTC");
          }
          String time = iso.substring(0, iso.length() - "+00".length());
          int dot = time.indexOf('.');
          String fraction = (dot < 0 ? "" : time.substring(dot + 1)) + "000000";
          String seconds = dot < 0 ? time : time.substring(0, dot);
          return seconds + (digits == 0 ? "" : "." + fraction.substring(0, digits)) + "Z";
        });
  }

  /** Debezium moves it to UTC; the zone is part of the value, so it stays. */
  private static Object zonedTime(String text) {
    int sign = Math.max(text.indexOf('+'), text.indexOf('-'));
    String zone = text.substring(sign);
    return text.substring(0, sign)
        + (zone.equals("+00") ? "Z" : zone.length() == 3 ? zone + ":00" : zone);
  }

  private ValueForm interval() {
    return modes.intervals() == DebeziumModes.Intervals.NUMERIC
        ? ValueForm.ofText(
            () -> named(SchemaBuilder.int64(), "time.MicroDuration"),
            text -> requireFinite(text, DateTimeText::intervalMicros))
        : ValueForm.ofText(
            () -> string("time.Interval"),
            text -> isInfinite(text) ? text : DateTimeText.isoInterval(text));
  }

  private static ValueForm bit(String type) {
    Matcher bits = BIT.matcher(type);
    if (!bits.matches()) {
      return text(SchemaBuilder::string);
    }
    if (bits.group(1).equals("1")) {
      return ValueForm.ofText(
          () -> SchemaBuilder.bool().parameter(BIT_MARK, "1"), text -> text.equals("1"));
    }
    return ValueForm.ofText(
        () -> named(SchemaBuilder.bytes(), "data.Bits").parameter(LENGTH, bits.group(1)),
        DebeziumForms::littleEndian);
  }

  /** The last bit of the text is the lowest of the first byte; bytes of zeros at the end go. */
  private static byte[] littleEndian(String text) {
    BitSet bits = new BitSet(text.length());
    for (int i = 0; i < text.length(); i++) {
      bits.set(i, text.charAt(text.length() - 1 - i) == '1');
    }
    return bits.toByteArray();
  }

  private static int precision(String type) {
    Matcher given = TIME.matcher(type);
    return given.matches() ? Integer.parseInt(given.group(1)) : 6;
  }

  private static ValueForm text(Supplier<SchemaBuilder> builder) {
    return new ValueForm(builder, (schema, value) -> value);
  }

  private static SchemaBuilder string(String name) {
    return named(SchemaBuilder.string(), name);
  }

  private static SchemaBuilder named(SchemaBuilder builder, String name) {
    return builder.name(PREFIX + name).version(1);
  }
}
