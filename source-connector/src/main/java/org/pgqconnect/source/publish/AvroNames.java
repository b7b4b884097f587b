/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.wire.EnvelopeSchema;
import org.pgqconnect.wire.NameAdjustment;
import org.pgqconnect.wire.TopicNames;

/**
 * Refuses tables whose names a serializer would refuse without naming table or column, or would
 * write so that no reader can parse the schema, and columns that adjusting makes one.
 *
 * @param avro whether a converter writes Avro, as far as that is known
 */
record AvroNames(EnvelopeSchema.Origin origin, boolean avro) {
  /**
   * @throws StopException when rows of the layout cannot be published
   */
  void check(Layout layout) {
    List<String> columns = layout.columns().stream().map(Layout.Column::name).toList();
    requireDistinct(layout.table(), columns);
    if (avro) {
      requireLegal(layout.table(), columns);
    }
  }

  private void requireDistinct(TableId table, List<String> columns) {
    Map<String, String> fields = new HashMap<>();
    for (String column : columns) {
      String other = fields.put(origin.fieldNames().adjust(column), column);
      if (other != null) {
        throw new StopException(
            ("Rows of table %s cannot be published: columns \"%s\" and \"%s\" would both be field"
                    + " \"%s\" with field.name.adjustment.mode=%s. Set"
                    + " field.name.adjustment.mode=avro_unicode, which keeps them apart, or leave"
                    + " one of them out with column.exclude.list")
                .formatted(
                    table,
                    other,
                    column,
                    origin.fieldNames().adjust(column),
                    origin.fieldNames().label()));
      }
    }
  }

  private void requireLegal(TableId table, List<String> columns) {
    List<String> ways = new ArrayList<>();
    List<String> forbidden = new ArrayList<>();
    String schema = new TopicNames(origin.prefix()).table(table);
    if (origin.schemaNames() == NameAdjustment.NONE
        && !Stream.of(schema.split("\\.", -1)).allMatch(NameAdjustment::isLegal)) {
      forbidden.add("schema name \"%s\"".formatted(schema));
      ways.add("schema.name.adjustment.mode=avro");
    }
    if (origin.fieldNames() == NameAdjustment.NONE) {
      String names =
          columns.stream()
              .filter(column -> !NameAdjustment.isLegal(column))
              .map("\"%s\""::formatted)
              .collect(Collectors.joining(", "));
      if (!names.isEmpty()) {
        forbidden.add("columns " + names);
        ways.add("field.name.adjustment.mode=avro");
      }
    }
    if (!forbidden.isEmpty()) {
      throw new StopException(
          "Rows of table %s cannot be published in Avro, which forbids the names of %s. Set %s in the source connector's configuration"
              .formatted(table, String.join(" and ", forbidden), String.join(" and ", ways)));
    }
  }
}
