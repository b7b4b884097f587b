/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import java.sql.SQLException;
import java.util.Optional;
import org.pgqconnect.source.queue.Event;

/** Says what an event means. */
@FunctionalInterface
public interface ChangeDecoder {
  /**
   * A batch begins: what is known of tables may have become out of date. Its events are older than
   * this call.
   */
  default void batchBegins() {}

  /**
   * The change that an event stands for; empty when there is nothing to publish for it.
   *
   * @throws org.pgqconnect.failure.StopException when the event cannot be read or must not be
   *     skipped; the message names queue, event and what to do
   */
  Optional<DecodedChange> decode(Event event) throws SQLException;
}
