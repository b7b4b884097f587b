/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/**
 * The layouts that events refer to, read from the provider as they are met. A layout never changes
 * once it has a number, so each is read once a session; but what the types of its columns are made
 * of may change, and how partitions compute its columns, so a layout that says that is read again
 * now and then. One that has not changed stays the same object, as what is made of it is kept with
 * it.
 */
public final class Layouts {
  private static final String SELECT =
      """
      select table_schema, table_name,
             (select jsonb_agg(c || coalesce(
                         (select jsonb_build_object('expanded', pgq_connect.expanded_type(a.atttypid, a.atttypmod))
                            from pg_catalog.pg_attribute a
                           where c ->> 'expanded' is not null
                             and a.attrelid = ((c ->> 'number')::bigint >> 16)::oid
                             and a.attnum = (c ->> 'number')::bigint & 65535
                             and not a.attisdropped and format_type(a.atttypid, a.atttypmod) = c ->> 'type'), '{}')
                     order by nr)
                from jsonb_array_elements(columns) with ordinality x (c, nr))::text,
             array_to_json(key_columns)::text, complete
        from pgq_connect.layout where layout_id = ?\
      """;

  private static final Duration KEPT = Duration.ofSeconds(1);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Session session;
  private final NanoClock clock;
  private final TreeExpressions expressions;
  private final Map<Integer, Known> decoders = new HashMap<>();

  /** What is known of a layout, and for how long it is taken for that. */
  private record Known(RowDecoder decoder, boolean mayChange, Interval kept) {
    Known(RowDecoder decoder, Interval kept) {
      this(
          decoder,
          decoder.layout().columns().stream()
              .anyMatch(column -> column.expanded() != null || column.generated() != null),
          kept);
    }

    boolean isFresh() {
      return !mayChange || !kept.isOver();
    }
  }

  /**
   * @param clock says for how long what a session may change without another layout is believed
   */
  public Layouts(Connection connection, NanoClock clock) {
    this.session = new Session(connection);
    this.clock = requireNonNull(clock, "clock");
    this.expressions = new TreeExpressions(session, clock);
  }

  /**
   * The decoder for rows of a layout.
   *
   * @throws StopException when the provider does not know the layout
   */
  public RowDecoder decoder(int layoutId) throws SQLException {
    Known known = decoders.get(layoutId);
    if (known == null || !known.isFresh()) {
      Layout layout = expressions.apply(read(layoutId));
      boolean same = known != null && known.decoder().layout().equals(layout);
      known = new Known(same ? known.decoder() : new RowDecoder(layout), new Interval(clock, KEPT));
      decoders.put(layoutId, known);
    }
    return known.decoder();
  }

  private Layout read(int layoutId) throws SQLException {
    return session
        .first(
            SELECT,
            row -> {
              Layout read =
                  layout(
                      OptionalInt.of(layoutId),
                      new TableId(row.getString(1), row.getString(2)),
                      row.getString(3),
                      row.getString(4));
              return row.getBoolean(5) ? read : read.asIncomplete();
            },
            layoutId)
        .orElseThrow(
            () ->
                new StopException(
                    ("Layout %d is not in pgq_connect.layout, so the events that refer to it cannot"
                         + " be read. Restore that table from a backup, or copy the tables again:"
                         + " %s")
                        .formatted(layoutId, Remedy.incomplete().resyncAll())));
  }

  /** A layout that is not on record, from the provider's description of it. */
  public static Layout layout(TableId table, String columnsJson, String keyJson) {
    return layout(OptionalInt.empty(), table, columnsJson, keyJson);
  }

  private static Layout layout(OptionalInt id, TableId table, String columnsJson, String keyJson) {
    try {
      List<Layout.Column> columns = new ArrayList<>();
      for (JsonNode column : JSON.readTree(columnsJson)) {
        columns.add(
            new Layout.Column(
                column.path("name").asText(),
                column.path("type").asText(),
                column.path("base").asText(),
                column.path("not_null").asBoolean(),
                column.path("collation").textValue(),
                column.path("fill").textValue(),
                column.path("number").asLong(),
                column.path("expression").textValue(),
                column.path("expanded").textValue()));
      }
      List<String> key = new ArrayList<>();
      JSON.readTree(keyJson).forEach(name -> key.add(name.asText()));
      return new Layout(id, true, table, columns, key);
    } catch (JsonProcessingException e) {
      throw new StopException(
          "Layout %s of table %s cannot be read"
              .formatted(id.isPresent() ? id.getAsInt() : columnsJson, table),
          e);
    }
  }
}
