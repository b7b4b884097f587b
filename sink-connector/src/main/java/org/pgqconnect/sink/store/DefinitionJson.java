/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;

/** A table definition as {@code subscribed_table.definition} holds it. */
final class DefinitionJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private DefinitionJson() {}

  static String write(TableDefinition definition) {
    if (definition == null) {
      return null;
    }
    ObjectNode root = MAPPER.createObjectNode();
    for (TableDefinition.Column column : definition.columns()) {
      ObjectNode described = root.withArray("columns").addObject();
      described
          .put("name", column.name())
          .put("type", column.type())
          .put("not_null", column.notNull())
          .put("base", column.base())
          .put("collation", column.collation())
          .put("fill", column.fill())
          .put("number", column.number())
          .put("generated", column.generated());
      if (column.expanded() != null) {
        described.put("expanded", column.expanded());
      }
    }
    definition.key().forEach(name -> root.withArray("key").add(name));
    return root.toString();
  }

  static TableDefinition read(TableId table, String json) {
    if (json == null) {
      return null;
    }
    try {
      JsonNode root = MAPPER.readTree(json);
      List<TableDefinition.Column> columns = new ArrayList<>();
      for (JsonNode column : root.path("columns")) {
        columns.add(
            new TableDefinition.Column(
                column.path("name").asText(),
                column.path("type").asText(),
                column.path("not_null").asBoolean(),
                column.path("base").textValue(),
                column.path("collation").textValue(),
                column.path("fill").textValue(),
                column.path("number").asLong(),
                column.path("generated").textValue(),
                column.path("expanded").textValue()));
      }
      List<String> key = new ArrayList<>();
      root.path("key").forEach(name -> key.add(name.asText()));
      return new TableDefinition(table, columns, key);
    } catch (JsonProcessingException e) {
      throw new StopException(
          "pgq_connect.subscribed_table.definition of " + table + " is not what was written", e);
    }
  }
}
