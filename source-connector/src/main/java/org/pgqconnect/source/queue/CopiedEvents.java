/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.pgqconnect.failure.StopException;

/**
 * Reads events from the messages of a COPY in PostgreSQL's binary format: one row a message, the
 * header before the first row, the trailer in a message of its own. Not thread safe.
 */
final class CopiedEvents {
  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0
  };
  private static final short TRAILER = -1;
  private static final short COLUMNS = 9;

  /** Microseconds from 1970 to 2000, which PostgreSQL counts from. */
  private static final long EPOCH_MICROS = 946_684_800_000_000L;

  private boolean begun;

  /** The event that a message holds; empty for one that holds the header or the trailer only. */
  Optional<Event> event(byte[] message) {
    ByteBuffer bytes = ByteBuffer.wrap(message);
    try {
      if (!begun) {
        skipHeader(bytes);
        begun = true;
      }
      if (!bytes.hasRemaining()) {
        return Optional.empty();
      }
      short columns = bytes.getShort();
      if (columns == TRAILER) {
        return Optional.empty();
      }
      if (columns != COLUMNS) {
        throw new StopException(
            "An event of the batch has %d columns, not %d".formatted(columns, COLUMNS));
      }
      Event event =
          new Event(
              number(bytes),
              EPOCH_MICROS + number(bytes),
              number(bytes),
              text(bytes),
              text(bytes),
              text(bytes),
              text(bytes),
              text(bytes),
              text(bytes));
      if (bytes.hasRemaining()) {
        throw new StopException("A message of the batch holds more than one event");
      }
      return Optional.of(event);
    } catch (BufferUnderflowException e) {
      throw new StopException("A message of the batch ends within an event", e);
    }
  }

  private static void skipHeader(ByteBuffer bytes) {
    byte[] signature = new byte[SIGNATURE.length];
    bytes.get(signature);
    if (!Arrays.equals(signature, SIGNATURE)) {
      throw new StopException("The server does not send the batch in COPY's binary format");
    }
    bytes.getInt(); // flags
    int extension = bytes.getInt();
    bytes.position(bytes.position() + extension);
  }

  private static long number(ByteBuffer bytes) {
    int length = bytes.getInt();
    if (length != Long.BYTES) {
      throw new StopException(
          "A number of an event takes %d bytes, not %d".formatted(length, Long.BYTES));
    }
    return bytes.getLong();
  }

  private static String text(ByteBuffer bytes) {
    int length = bytes.getInt();
    if (length < 0) {
      return null;
    }
    if (length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    String text = new String(bytes.array(), bytes.position(), length, StandardCharsets.UTF_8);
    bytes.position(bytes.position() + length);
    return text;
  }
}
