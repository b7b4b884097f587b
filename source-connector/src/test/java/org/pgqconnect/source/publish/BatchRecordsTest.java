/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchTable;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.decode.DecodedChange;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.time.Clocks;
import org.pgqconnect.time.NanoClock;
import org.pgqconnect.wire.BoundarySchema;
import org.pgqconnect.wire.EnvelopeReader;
import org.pgqconnect.wire.EnvelopeSchema;
import org.pgqconnect.wire.PlainJsonConverter;

class BatchRecordsTest {
  private static final SourceOffset POSITION =
      new SourceOffset(6, "2026-11-01 12:00:00+00", "p", "i", false, Optional.empty());
  private static final OpenBatch BATCH =
      new OpenBatch(
          99,
          new BatchBounds(6, 7),
          new Tick(7, "2026-11-01 12:00:01+00", "10:10:", 50),
          List.of());

  private static final EnvelopeSchema.Origin ORIGIN =
      new EnvelopeSchema.Origin("1", "bank", "db", "q");

  private final TableRecords tables = new TableRecords(ORIGIN, false, Map.of(), NanoClock.SYSTEM);
  private final BatchRecords records = begin();
  private final Layout a = layout("a");
  private final Layout b = layout("b");

  private BatchRecords begin() {
    return begin(ORIGIN, RecordLimit.of(Map.of()), tables, POSITION, 3);
  }

  private static BatchRecords begin(
      EnvelopeSchema.Origin origin,
      RecordLimit limit,
      TableRecords tables,
      SourceOffset position,
      long attempt) {
    EventTopic events =
        new EventTopic(origin.prefix() + ".events", origin.queue(), EventTopic.Key.NONE);
    return new BatchRecords(
        new PublishedQueue(origin, "p", "i", events, false, limit, Clocks.SYSTEM),
        tables,
        BATCH,
        position,
        attempt);
  }

  private static Layout layout(String table) {
    return layout("public", table);
  }

  private static Layout layout(String schema, String table) {
    return Layout.recorded(
        1,
        new TableId(schema, table),
        List.of(
            new Layout.Column("id", "integer", "int4", true),
            new Layout.Column("v", "text", "text", false)),
        List.of("id"));
  }

  private static DecodedChange change(Layout layout, Operation op, long eventId) {
    Object[] row = {5, "x"};
    return new DecodedChange(
        new Event(eventId, 1_000_000, 77, op.code(), "", "", null, "1"),
        layout,
        op,
        op == Operation.DELETE ? row : null,
        op == Operation.DELETE || op == Operation.TRUNCATE ? null : row);
  }

  @Test
  void numbersRowsInTheBatchAndInTheirTable() {
    records.change(change(a, Operation.CREATE, 101));
    records.change(change(b, Operation.UPDATE, 102));
    SourceRecord third = records.change(change(a, Operation.DELETE, 103));
    assertThat(third.topic()).isEqualTo("bank.public.a");
    assertThat(((Struct) third.key()).getInt32("id")).isEqualTo(5);
    Change read = new EnvelopeReader().read(third.value());
    assertThat(read.batch()).hasToString("7:3");
    assertThat(read.order()).isEqualTo(3);
    assertThat(read.tableOrder()).isEqualTo(2);
    assertThat(read.eventId()).isEqualTo(103);
    assertThat(read.before().get("v")).isEqualTo("x");
    assertThat(read.after()).isNull();
  }

  @Test
  void endsWithTheCountsAndTheNewOffset() {
    records.change(change(a, Operation.CREATE, 101));
    records.change(change(a, Operation.TRUNCATE, 102));
    SourceRecord record = records.end(List.of());
    assertThat(record.topic()).isEqualTo("bank.transaction");
    assertThat(record.kafkaPartition()).isZero();
    assertThat(SourceOffset.of(record.sourceOffset()).orElseThrow().tickId()).isEqualTo(7);
    BatchEnd end = (BatchEnd) BoundarySchema.read(record.value());
    assertThat(end.counts()).isEqualTo(Map.of("public.a", 2L));
    assertThat(end.bounds()).isEqualTo(new BatchBounds(6, 7));
    assertThat(end.tickTime()).isEqualTo("2026-11-01 12:00:01+00");
  }

  @Test
  void definesATableInARecordOfItsOwnKeyedByItsName() {
    records.change(change(a, Operation.CREATE, 101));
    List<SourceRecord> definitions = records.definitions();
    assertThat(definitions).hasSize(1);
    SourceRecord record = definitions.get(0);
    assertThat(record.topic()).isEqualTo("bank.transaction");
    assertThat(record.kafkaPartition()).isZero();
    assertThat(((Struct) record.key()).getString("id")).isEqualTo("public.a");
    assertThat(SourceOffset.of(record.sourceOffset())).contains(POSITION);
    BatchTable table = (BatchTable) BoundarySchema.read(record.value());
    assertThat(table.id()).hasToString("7:3");
    assertThat(table.table()).isEqualTo(a.definition());
    BatchRecords next = begin();
    next.change(change(a, Operation.CREATE, 102));
    assertThat(next.definitions()).isEmpty();
    tables.copyBegins(a);
    assertThat(next.definitions()).hasSize(1);
  }

  /** Converters keep what they make of a schema object, so one a second would fill the heap. */
  @Test
  void aLayoutThatWasReadAgainAndIsTheSameKeepsItsSchemas() {
    SourceRecord first = records.change(change(layout("a"), Operation.CREATE, 101));
    SourceRecord again = records.change(change(layout("a"), Operation.CREATE, 102));
    SourceRecord copied = records.copied(layout("a"), new Object[] {6, "x"}, 1);
    assertThat(again.keySchema()).isSameAs(first.keySchema()).isSameAs(copied.keySchema());
    assertThat(again.valueSchema()).isSameAs(first.valueSchema()).isSameAs(copied.valueSchema());
  }

  @Test
  void layoutsThatComeAndGoAreNotKeptForEver() {
    SourceRecord first = records.change(change(a, Operation.CREATE, 1));
    for (int id = 2; id <= TableRecords.MAX_LAYOUTS + 1; id++) {
      Layout next = Layout.recorded(id, a.table(), a.columns(), a.key());
      records.change(change(next, Operation.CREATE, id));
    }
    SourceRecord again = records.change(change(a, Operation.CREATE, 1));
    assertThat(again.valueSchema()).isEqualTo(first.valueSchema()).isNotSameAs(first.valueSchema());
  }

  /** It was made by a writer who did not see the catalog as it was. */
  @Test
  void aLayoutThatIsNotCompleteDefinesNoTable() {
    Layout stale =
        Layout.unrecorded(
                a.table(),
                List.of(
                    new Layout.Column("id", "integer", "int4", false),
                    new Layout.Column("v", "character varying", "varchar", false)),
                List.of("id"))
            .asIncomplete();
    records.change(change(a, Operation.CREATE, 101));
    assertThat(records.definitions()).hasSize(1);
    SourceRecord row = records.change(change(stale, Operation.CREATE, 102));
    assertThat(records.definitions()).isEmpty();
    assertThat(records.definitionsBeforeEnd()).isEmpty();
    assertThat(new EnvelopeReader().read(row.value()).after().get("v")).isEqualTo("x");
  }

  @Test
  void theSizeOfAnEndDoesNotGrowWithTheTablesDefinitions() {
    tables.copyBegins(a);
    assertThat(records.definitionsBeforeEnd()).hasSize(1);
    assertThat(((Struct) records.end(List.of()).value()).get("table")).isNull();
  }

  @Test
  void hundredsOfWideTablesInOneBatchMakeNoLargeRecord() {
    List<Layout.Column> columns = new ArrayList<>();
    for (int i = 0; i < 61; i++) {
      columns.add(
          new Layout.Column("column_number_" + i, "character varying(100)", "varchar", i == 0));
    }
    List<SourceRecord> definitions = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      TableId table = new TableId("public", "table_number_" + i);
      Layout layout = Layout.recorded(i + 1, table, columns, List.of("column_number_0"));
      Object[] row = new Object[61];
      row[0] = "key";
      Event event = new Event(i, 1_000_000, 77, "c", "(key)", "", null, "1");
      records.change(new DecodedChange(event, layout, Operation.CREATE, null, row));
      definitions.addAll(records.definitions());
    }
    assertThat(definitions).hasSize(400).allMatch(record -> jsonBytes(record) < 10_000);
    assertThat(jsonBytes(records.end(List.of()))).isLessThan(50_000);
  }

  private static int jsonBytes(SourceRecord record) {
    return new PlainJsonConverter()
        .fromConnectData(record.topic(), record.valueSchema(), record.value())
        .length;
  }

  private BatchRecords limitedTo(int bytes) {
    String converter = PlainJsonConverter.class.getName();
    Map<String, Object> keys =
        Map.of(RecordLimit.KEY, bytes, "key.converter", converter, "value.converter", converter);
    return begin(ORIGIN, RecordLimit.of(keys), tables, POSITION, 3);
  }

  @Test
  void refusesARowThatTheProducerWouldNotSend() {
    BatchRecords limited = limitedTo(1 << 20);
    String fits = "x".repeat(1_000_000);
    Event event = new Event(101, 1_000_000, 77, "c", "(5," + fits + ")", "", null, "1");
    limited.change(new DecodedChange(event, a, Operation.CREATE, null, new Object[] {5, fits}));
    String quotes = "\"".repeat(600_000);
    Event longer = new Event(102, 1_000_000, 77, "c", "(5," + quotes + ")", "", null, "1");
    DecodedChange change =
        new DecodedChange(longer, a, Operation.CREATE, null, new Object[] {5, quotes});
    assertThatThrownBy(() -> limited.change(change))
        .isInstanceOf(StopException.class)
        .hasMessageMatching(
            "(?s)The row of table public.a with key id=5 \\(event 102\\) of queue \"q\", batch 7:3,"
                + " takes 12\\d{5} bytes as a record, but the connector's producer sends at most"
                + " 1048576 \\(producer.override.max.request.size\\).*Set"
                + " \"producer.override.max.request.size\": \"2097152\".*--entity-name"
                + " bank.public.a --add-config max.message.bytes=2162688.*");
  }

  @Test
  void refusesACopiedRowAnEventADefinitionAndAnEndLikewise() {
    BatchRecords limited = limitedTo(1000);
    String text = "x".repeat(1000);
    assertThatThrownBy(() -> limited.copied(a, new Object[] {5, text}, 0))
        .hasMessageContaining("The copied row of table public.a with key id=5 of queue \"q\"");
    assertThatThrownBy(() -> limited.event(new Event(9, 0, 1, "order", text, null, null, null)))
        .hasMessageContaining("Event 9 of type 'order' of queue \"q\"");
    BatchRecords narrow = limitedTo(250);
    tables.copyBegins(a);
    assertThatThrownBy(narrow::definitions)
        .hasMessageContaining("The definition of table public.a of queue \"q\"");
    assertThatThrownBy(() -> narrow.end(List.of()))
        .hasMessageContaining(
            "The END that counts the rows of 0 tables and names 0 copies of queue");
  }

  @Test
  void refusesATableWhoseTopicKafkaTakesForThatOfAnother() {
    records.change(change(layout("app", "data_users"), Operation.CREATE, 101));
    assertThatThrownBy(
            () -> records.change(change(layout("app_data", "users"), Operation.CREATE, 102)))
        .isInstanceOf(StopException.class)
        .hasMessageContaining(
            "Rows of table app_data.users cannot be published: Kafka takes its topic"
                + " bank.app_data.users for the same as topic bank.app.data_users of table"
                + " app.data_users");
    EnvelopeSchema.Origin longer = new EnvelopeSchema.Origin("1", "p".repeat(241), "db", "q");
    assertThatThrownBy(
            () ->
                begin(
                        longer,
                        RecordLimit.of(Map.of()),
                        new TableRecords(longer, false, Map.of(), NanoClock.SYSTEM),
                        POSITION,
                        3)
                    .copied(a, new Object[] {5, "x"}, 0))
        .hasMessageContaining("it is 250 characters long");
  }

  @Test
  void rowsCarryThePositionUntilTheBatchEnds() {
    SourceRecord row = records.change(change(a, Operation.CREATE, 101));
    assertThat(SourceOffset.of(row.sourceOffset())).contains(POSITION);
  }

  @Test
  void goesOnWhereAnEarlierTaskLeftABatch() {
    records.change(change(a, Operation.CREATE, 101));
    SourceRecord second = records.change(change(b, Operation.CREATE, 102));
    records.reach(102, new SourceOffset.Publisher(4, "as before", true));
    SourceRecord last = records.atOffset(second);
    assertThat(SourceOffset.of(second.sourceOffset())).as("the record itself").contains(POSITION);
    SourceOffset stored = SourceOffset.of(last.sourceOffset()).orElseThrow();
    assertThat(records.offset()).isEqualTo(stored);

    BatchRecords successor =
        begin(
            ORIGIN,
            RecordLimit.of(Map.of()),
            new TableRecords(ORIGIN, false, Map.of(), NanoClock.SYSTEM),
            stored,
            stored.partial().orElseThrow().attempt());
    Change next =
        new EnvelopeReader().read(successor.change(change(a, Operation.CREATE, 103)).value());
    assertThat(next.batch()).hasToString("7:3");
    assertThat(next.order()).isEqualTo(3);
    assertThat(next.tableOrder()).isEqualTo(2);
    BatchEnd end = (BatchEnd) BoundarySchema.read(successor.end(List.of()).value());
    assertThat(end.counts()).isEqualTo(Map.of("public.a", 2L, "public.b", 1L));
  }

  @Test
  void theOffsetIsTheBatchsTickWhenItsEndIsHandedOver() {
    SourceRecord end = records.end(List.of());
    assertThat(records.offset()).as("it may be refused yet").isEqualTo(POSITION);
    records.reachEnd();
    assertThat(SourceOffset.of(end.sourceOffset())).contains(records.offset());
    assertThat(records.offset().tickId()).isEqualTo(7);
  }

  @Test
  void aTruncateHasNoKey() {
    SourceRecord record = records.change(change(a, Operation.TRUNCATE, 101));
    assertThat(record.key()).isNull();
  }
}
