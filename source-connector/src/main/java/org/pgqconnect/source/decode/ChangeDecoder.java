/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
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
   * @throws org.apache.kafka.connect.errors.DataException when the event cannot be read or must not
   *     be passed over; the message names queue, event and what to do
   */
  Optional<DecodedChange> decode(Event event) throws SQLException;
}
