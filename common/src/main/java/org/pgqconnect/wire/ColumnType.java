/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.HexFormat;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * How the values of a PostgreSQL type travel. Types that Connect can hold without loss get
 * Connect's type; every other value travels as PostgreSQL's own text, which loses nothing: numeric
 * NaN and scale, infinite dates, ranges, arrays, composites; floating point, too, because JSON has
 * neither NaN nor infinity nor a negative zero (Kafka's converter reads them as 0). {@link
 * ValueText} is the way back.
 */
public enum ColumnType {
  BOOLEAN(SchemaBuilder.bool()) {
    @Override
    public Object value(String text) {
      return text.equals("t");
    }
  },
  INT2(SchemaBuilder.int16()) {
    @Override
    public Object value(String text) {
      return Short.valueOf(text);
    }
  },
  INT4(SchemaBuilder.int32()) {
    @Override
    public Object value(String text) {
      return Integer.valueOf(text);
    }
  },
  INT8(SchemaBuilder.int64()) {
    @Override
    public Object value(String text) {
      return Long.valueOf(text);
    }
  },
  BYTEA(SchemaBuilder.bytes()) {
    @Override
    public Object value(String text) {
      return HexFormat.of().parseHex(text, 2, text.length());
    }
  },
  JSON(SchemaBuilder.string().name("io.debezium.data.Json").version(1)),
  UUID(SchemaBuilder.string().name("io.debezium.data.Uuid").version(1)),
  XML(SchemaBuilder.string().name("io.debezium.data.Xml").version(1)),
  TEXT(SchemaBuilder.string());

  private final Schema required;
  private final Schema optional;

  ColumnType(SchemaBuilder builder) {
    this.required = builder.build();
    SchemaBuilder optionalBuilder = new SchemaBuilder(required.type()).optional();
    if (required.name() != null) {
      optionalBuilder.name(required.name()).version(required.version());
    }
    this.optional = optionalBuilder.build();
  }

  /**
   * @param base the type's name in {@code pg_type}, domains resolved; with its schema unless that
   *     is pg_catalog
   */
  public static ColumnType of(String base) {
    switch (base) {
      case "bool":
        return BOOLEAN;
      case "int2":
        return INT2;
      case "int4":
        return INT4;
      case "int8":
        return INT8;
      case "bytea":
        return BYTEA;
      case "json":
      case "jsonb":
        return JSON;
      case "uuid":
        return UUID;
      case "xml":
        return XML;
      default:
        return TEXT;
    }
  }

  /** The schema of a column's values. */
  public Schema schema(boolean optionalValue) {
    return optionalValue ? optional : required;
  }

  /** The value of a text that is not null. */
  public Object value(String text) {
    return text;
  }
}
