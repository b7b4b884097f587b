/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import java.sql.SQLException;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.source.queue.Event;

/**
 * Reads the events that our capture triggers write: the type is the operation, the data the row's
 * text, {@code ev_extra2} the old row's, {@code ev_extra3} the layout's number.
 */
public final class EventDecoder {
  private final String queue;
  private final Layouts layouts;

  public EventDecoder(String queue, Layouts layouts) {
    this.queue = queue;
    this.layouts = layouts;
  }

  /**
   * The change that an event stands for.
   *
   * @throws StopException when the event is none of ours or cannot be read; the message names
   *     queue, event and table
   */
  public DecodedChange decode(Event event) throws SQLException {
    try {
      Operation operation = operation(event);
      RowDecoder decoder = layouts.decoder(layoutId(event));
      Object[] data = event.data() == null ? null : decoder.values(event.data());
      Object[] old = event.extra2() == null ? null : decoder.values(event.extra2());
      return operation == Operation.DELETE
          ? new DecodedChange(event, decoder.layout(), operation, data, null)
          : new DecodedChange(event, decoder.layout(), operation, old, data);
    } catch (StopException e) {
      throw new StopException(
          "Event %d of queue \"%s\" (type '%s', table %s): %s"
              .formatted(event.id(), queue, event.type(), event.extra1(), e.getMessage()),
          e.getCause());
    }
  }

  private Operation operation(Event event) {
    String type = event.type() == null ? "" : event.type();
    switch (type) {
      case "c":
      case "u":
      case "d":
      case "t":
        return Operation.of(type);
      default:
        throw new StopException(
            ("it was not written by a pgq-connect trigger. Another program inserts into this queue:"
                 + " give it a queue of its own. Its events must be removed before this queue can"
                 + " be read further. If no other consumer needs them, delete them: DO $$ BEGIN"
                 + " EXECUTE (SELECT format('DELETE FROM %%s WHERE ev_type IS NULL OR ev_type NOT"
                 + " IN (''c'', ''u'', ''d'', ''t'')', queue_data_pfx) FROM pgq.queue WHERE"
                 + " queue_name = %s); END $$; and restart the connector's task")
                .formatted(Identifiers.literal(queue)));
    }
  }

  private static int layoutId(Event event) {
    try {
      return Integer.parseInt(String.valueOf(event.extra3()));
    } catch (NumberFormatException e) {
      throw new StopException("its ev_extra3 holds no layout number", e);
    }
  }
}
