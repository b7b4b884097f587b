/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.wire.ColumnType;
import org.pgqconnect.wire.DebeziumForms;
import org.pgqconnect.wire.DebeziumModes;
import org.pgqconnect.wire.EnvelopeSchema;
import org.pgqconnect.wire.InexactValueException;
import org.pgqconnect.wire.ValueForm;

/**
 * How the values of a layout's columns travel.
 *
 * @param debezium which of Debezium's types they have; empty for our own
 * @param labels of enums, by the types' names as {@link Layout.Column#base} has them
 */
record ColumnForms(Optional<DebeziumModes> debezium, Map<String, List<String>> labels) {
  private static final Pattern CONSTANT =
      Pattern.compile("DEFAULT ( ?E?)'((?:[^']|'')*)'::.*", Pattern.DOTALL);

  /** With the schemas that Debezium gives them, or our own. */
  List<EnvelopeSchema.Column> of(Layout layout) {
    return columns(layout, true);
  }

  /** For rows that lack values where the columns of the layout must have one. */
  List<EnvelopeSchema.Column> lenient(Layout layout) {
    return columns(layout, false);
  }

  private List<EnvelopeSchema.Column> columns(Layout layout, boolean strict) {
    List<EnvelopeSchema.Column> columns = new ArrayList<>(layout.columns().size());
    for (Layout.Column column : layout.columns()) {
      boolean optional = layout.isOptional(column);
      columns.add(
          debezium.isPresent()
              ? debeziumColumn(column, optional && !(strict && column.notNull()))
              : new EnvelopeSchema.Column(
                  column.name(), ColumnType.of(column.base()).schema(optional)));
    }
    return columns;
  }

  private EnvelopeSchema.Column debeziumColumn(Layout.Column column, boolean optional) {
    ValueForm form =
        new DebeziumForms(debezium.orElseThrow(), labels).of(type(column), column.base());
    return new EnvelopeSchema.Column(
        column.name(), optional ? form.schema(true) : required(column, form), form.encoder());
  }

  /** Of a domain the type under it, which has the modifiers. */
  private static String type(Layout.Column column) {
    boolean ofParts =
        column.expanded() == null || column.expanded().matches("(row|range|multirange)\\(.*");
    return ofParts ? column.type() : column.expanded();
  }

  /**
   * With what rows have that are older than the column as the default, for consumers that add it to
   * tables of their own. An optional column has none: converters put the default in the place of
   * NULL.
   */
  private static Schema required(Layout.Column column, ValueForm form) {
    SchemaBuilder schema = form.builder().get();
    Optional<String> fill = constant(column.fill());
    // Connect knows no default of a struct: it would need its own schema while that is built.
    if (fill.isPresent() && schema.type() != Schema.Type.STRUCT) {
      try {
        schema.defaultValue(
            form.encoder()
                .encode(form.schema(false), ColumnType.of(column.base()).value(fill.get())));
      } catch (InexactValueException e) {
        return form.schema(false); // Rows that have it are refused; the schema need not be.
      }
    }
    return schema.build();
  }

  /** The value of a DEFAULT clause as the provider writes it, with the quotes of format's %L. */
  private static Optional<String> constant(String fill) {
    Matcher clause = CONSTANT.matcher(fill == null ? "" : fill);
    if (!clause.matches()) {
      return Optional.empty();
    }
    String text = clause.group(2).replace("''", "'");
    return Optional.of(clause.group(1).isBlank() ? text : text.replace("\\\\", "\\"));
  }
}
