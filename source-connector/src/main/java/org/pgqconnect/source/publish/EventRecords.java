/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.source.decode.ChangeDecoder;
import org.pgqconnect.source.decode.DecodedChange;
import org.pgqconnect.source.queue.Event;

/** Turns the events of batches into records. Not thread safe. */
final class EventRecords {
  private final ChangeDecoder decoder;
  private final HeldBackRows heldBack;
  private final KafkaTransaction transaction;
  private final boolean streamsEvents;
  private final boolean tombstones;

  EventRecords(
      BatchPublisher.Settings settings,
      ChangeDecoder decoder,
      HeldBackRows heldBack,
      KafkaTransaction transaction) {
    this.decoder = requireNonNull(decoder, "decoder");
    this.heldBack = requireNonNull(heldBack, "heldBack");
    this.transaction = requireNonNull(transaction, "transaction");
    this.streamsEvents = settings.streamsEvents();
    this.tombstones = settings.tombstones();
  }

  /** A batch begins: its events are older than this call. */
  void batchBegins() {
    decoder.batchBegins();
    heldBack.batchBegins();
  }

  /** Adds the records of the next event of a batch; none when it is not published. */
  void add(BatchInFlight batch, Event event, List<SourceRecord> to) throws SQLException {
    if (streamsEvents) {
      batch.announce(to);
      transaction.addChars(event.chars());
      to.add(batch.records().event(event));
      return;
    }
    Optional<DecodedChange> decoded = decoder.decode(event);
    if (decoded.isEmpty() || heldBack.holdBack(decoded.get().layout())) {
      return;
    }
    DecodedChange change = decoded.get();
    batch.announce(to);
    transaction.addChars(event.chars());
    SourceRecord row = batch.records().change(change);
    to.addAll(batch.records().definitions());
    to.add(row);
    if (tombstones && change.operation() == Operation.DELETE) {
      to.add(batch.records().tombstone(row));
    }
  }
}
