/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static java.util.Objects.requireNonNull;

import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * How the values of a column travel.
 *
 * @param builder begins a schema of the values, not optional and without a default
 * @param encoder makes the values
 */
public record ValueForm(Supplier<SchemaBuilder> builder, Encoder encoder) {
  public ValueForm {
    requireNonNull(builder, "builder");
    requireNonNull(encoder, "encoder");
  }

  /** Makes a value of what {@link ColumnType#value} made. */
  @FunctionalInterface
  public interface Encoder {
    /**
     * The value that travels.
     *
     * @param schema what it is to have, with or without NULL
     * @param value not null
     * @throws InexactValueException when there is none
     */
    Object encode(Schema schema, Object value);
  }

  /** The values of a type as they are. */
  static ValueForm plain(ColumnType type) {
    return new ValueForm(
        () -> {
          Schema schema = type.schema(false);
          SchemaBuilder builder = new SchemaBuilder(schema.type());
          return schema.name() == null
              ? builder
              : builder.name(schema.name()).version(schema.version());
        },
        (schema, value) -> value);
  }

  /** A form whose values are made of the type's text. */
  static ValueForm ofText(Supplier<SchemaBuilder> builder, Function<String, Object> encode) {
    return new ValueForm(builder, (schema, value) -> encode.apply((String) value));
  }

  /** The schema of the values. */
  public Schema schema(boolean optionalValue) {
    SchemaBuilder schema = builder.get();
    return optionalValue ? schema.optional().build() : schema.build();
  }
}
