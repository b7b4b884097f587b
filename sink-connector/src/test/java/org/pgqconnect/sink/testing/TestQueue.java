/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.BatchTable;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.StartTick;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.wire.BoundarySchema;
import org.pgqconnect.wire.EnvelopeSchema;
import org.pgqconnect.wire.TopicNames;

/** Publishes batches as the source does. */
public final class TestQueue {
  public static final String PREFIX = "bank";
  public static final String PROVIDER = "6a0d3a5e-0000-4000-8000-000000000001";
  public static final TopicNames TOPICS = new TopicNames(PREFIX);

  private final TestWorker worker;
  public String provider = PROVIDER;
  public String queueIdentity = "11111111-0000-4000-8000-000000000001";
  public long attempt = 1;

  public TestQueue(TestWorker worker) {
    this.worker = worker;
  }

  /**
   * A table.
   *
   * @param columns {@code name type}, e.g. {@code id bigint}; those of the key first
   */
  public static Table table(String name, int keyColumns, String... columns) {
    TableId id = TableId.parse(name);
    List<TableDefinition.Column> defined = new ArrayList<>();
    List<EnvelopeSchema.Column> sent = new ArrayList<>();
    int[] key = new int[keyColumns];
    for (int i = 0; i < columns.length; i++) {
      int space = columns[i].indexOf(' ');
      String column = columns[i].substring(0, space);
      String type = columns[i].substring(space + 1);
      defined.add(new TableDefinition.Column(column, type, i < keyColumns));
      sent.add(new EnvelopeSchema.Column(column, schema(type, i >= keyColumns)));
      if (i < keyColumns) {
        key[i] = i;
      }
    }
    return new Table(
        id,
        new EnvelopeSchema(
            new EnvelopeSchema.Origin("test", PREFIX, "provider", "bank"), id, sent, key),
        new TableDefinition(
            id,
            defined,
            defined.stream().limit(keyColumns).map(TableDefinition.Column::name).toList()),
        key,
        sent,
        TOPICS.table(id));
  }

  private static Schema schema(String type, boolean optional) {
    SchemaBuilder builder;
    switch (type) {
      case "bigint":
        builder = SchemaBuilder.int64();
        break;
      case "integer":
        builder = SchemaBuilder.int32();
        break;
      case "smallint":
        builder = SchemaBuilder.int16();
        break;
      case "boolean":
        builder = SchemaBuilder.bool();
        break;
      case "double precision":
        builder = SchemaBuilder.float64();
        break;
      case "real":
        builder = SchemaBuilder.float32();
        break;
      case "bytea":
        builder = SchemaBuilder.bytes();
        break;
      default:
        builder = SchemaBuilder.string();
    }
    return optional ? builder.optional().build() : builder.build();
  }

  /** Begins a batch; its rows and its end follow. */
  public Batch batch(long prev, long tick) {
    return new Batch(prev, tick);
  }

  private void publish(Boundary boundary) {
    worker.append(TOPICS.transaction(), 0, BoundarySchema.VALUE, BoundarySchema.value(boundary, 0));
  }

  public record Table(
      TableId id,
      EnvelopeSchema schema,
      TableDefinition definition,
      int[] key,
      List<EnvelopeSchema.Column> sent,
      String topic) {
    /** The same table as somebody else publishes it, into the same topic. */
    public Table publishedBy(String prefix, String queue) {
      EnvelopeSchema other =
          new EnvelopeSchema(
              new EnvelopeSchema.Origin("test", prefix, "provider", queue), id, sent, key);
      return new Table(id, other, definition, key, sent, topic);
    }

    /** The same table, one column of which the provider computes. */
    public Table computing(String name, String clause) {
      List<TableDefinition.Column> columns =
          definition.columns().stream()
              .map(
                  c ->
                      c.name().equals(name)
                          ? new TableDefinition.Column(
                              name, c.type(), c.notNull(), null, null, null, 0, clause)
                          : c)
              .toList();
      return new Table(
          id, schema, new TableDefinition(id, columns, definition.key()), key, sent, topic);
    }

    /** The same table, the type of one of whose columns is made of others. */
    public Table expanding(String name, String expanded) {
      List<TableDefinition.Column> columns =
          definition.columns().stream()
              .map(
                  c ->
                      c.name().equals(name)
                          ? new TableDefinition.Column(
                              name, c.type(), c.notNull(), null, null, null, 0, null, expanded)
                          : c)
              .toList();
      return new Table(
          id, schema, new TableDefinition(id, columns, definition.key()), key, sent, topic);
    }

    public Table in(String other) {
      return new Table(id, schema, definition, key, sent, other);
    }
  }

  private static String timeOf(long tick) {
    return "2996-11-23 10:00:00.%06d+00".formatted(tick);
  }

  /** A batch being published. */
  public final class Batch {
    private final BatchId id;
    private final BatchBounds bounds;
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final List<CopyProgress> copies = new ArrayList<>();
    private final Set<TableDefinition> definitions = new LinkedHashSet<>();
    private final Set<TableDefinition> defined = new LinkedHashSet<>();
    private final List<StartTick> startTicks = new ArrayList<>();
    private String tickTime;
    private long order;
    private int partitions = 1;

    private Batch(long prev, long tick) {
      id = new BatchId(tick, attempt);
      bounds = new BatchBounds(prev, tick);
      tickTime = timeOf(tick);
    }

    public Batch begin() {
      publish(new BatchBegin(id, bounds, "bank", provider, queueIdentity));
      return this;
    }

    /** Says here already what the table is, as the source does before its rows. */
    public Batch define(Table table) {
      publish(new BatchTable(id, bounds, "bank", provider, queueIdentity, table.definition()));
      defined.add(table.definition());
      return this;
    }

    public Batch partitions(int count) {
      partitions = count;
      return this;
    }

    public Batch tickTime(String time) {
      tickTime = time;
      return this;
    }

    /** Names a tick that a subscriber may stand at; without a time the one that it has here. */
    public Batch startTick(long tick, String time) {
      startTicks.add(new StartTick(tick, time == null ? timeOf(tick) : time));
      return this;
    }

    public Batch c(Table table, Object... after) {
      return row(table, Operation.CREATE, null, after);
    }

    public Batch r(Table table, Object... after) {
      return row(table, Operation.READ, null, after);
    }

    public Batch u(Table table, Object... after) {
      return row(table, Operation.UPDATE, null, after);
    }

    public Batch d(Table table, Object... before) {
      return row(table, Operation.DELETE, before, null);
    }

    public Batch t(Table table) {
      return row(table, Operation.TRUNCATE, null, null);
    }

    public Batch row(Table table, Operation operation, Object[] before, Object[] after) {
      definitions.add(table.definition());
      long tableOrder = counts.merge(table.id().toString(), 1L, Long::sum);
      EnvelopeSchema.Stamp stamp =
          new EnvelopeSchema.Stamp(
              id, id.toString(), operation, ++order, tableOrder, order, 1, 0, 0);
      Struct value = table.schema().value(stamp, before, after);
      Object[] keyed = after != null ? after : before;
      int partition = keyed == null ? 0 : Math.floorMod(keyed[0].hashCode(), partitions);
      worker.append(table.topic(), partition, table.schema().envelope(), value);
      return this;
    }

    /** The last row was not one of this batch. */
    public Batch uncount(Table table) {
      order--;
      counts.computeIfPresent(table.id().toString(), (t, rows) -> rows == 1 ? null : rows - 1);
      return this;
    }

    /** The table's copy begins and ends with this batch. */
    public Batch copied(Table table, boolean withRows) {
      return copy(table, 1, withRows, true, true);
    }

    public Batch copy(Table table, long copyId, boolean withRows, boolean first, boolean last) {
      definitions.add(table.definition());
      long tick = last ? bounds.tickId() : 0;
      copies.add(
          withRows
              ? new CopyProgress(table.id(), copyId, first, last, 0, tick)
              : CopyProgress.mark(table.id(), copyId, tick, true));
      return this;
    }

    /** A copy of the table is requested, for changes from before are missing. */
    public Batch copyToCome(Table table, long copyId) {
      copies.add(CopyProgress.toCome(table.id(), copyId));
      return this;
    }

    /** Subscribers hold the rows that the table has on the provider. */
    public Batch held(Table table, long copyId) {
      definitions.add(table.definition());
      copies.add(CopyProgress.mark(table.id(), copyId, bounds.tickId(), false));
      return this;
    }

    public Batch copyConsistentAt(Table table, long tick) {
      definitions.add(table.definition());
      copies.add(new CopyProgress(table.id(), 1, true, true, 0, tick));
      return this;
    }

    public void end() {
      definitions.removeAll(defined);
      definitions.forEach(
          definition ->
              publish(new BatchTable(id, bounds, "bank", provider, queueIdentity, definition)));
      publish(
          new BatchEnd(
              id,
              bounds,
              "bank",
              provider,
              queueIdentity,
              tickTime,
              "1:1:",
              counts,
              copies,
              startTicks));
    }
  }
}
