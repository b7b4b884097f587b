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
package org.pgqconnect.sink.position;

import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.Boundary;

/**
 * Holds each batch against the stored position: is it the next one of the same history of the same
 * provider?
 *
 * @param subscription the subscription's name
 * @param topic the transaction topic, for messages
 */
public record ChainGuard(String subscription, String topic) {

  /**
   * Whether to apply the batch.
   *
   * @throws StopException when the chain has a gap, or the batch belongs to another provider or to
   *     another history of this one
   */
  public PositionCheck check(Boundary batch, Position position) {
    checkProvider(batch, position);
    checkHistory(batch, position);
    PositionCheck verdict = PositionCheck.of(batch.bounds(), position.tickId());
    if (verdict == PositionCheck.GAP) {
      throw new StopException(gap(batch, position));
    }
    return verdict;
  }

  private String gap(Boundary batch, Position position) {
    long prev = batch.bounds().prevTickId();
    return """
        Topic %s goes on with batch %s of queue %s, but subscription %s stands at tick %d: the batches (%d, %d] are missing. \
        Nothing of it was applied, for the rows would be wrong without what is missing. Ways out:
        1. If the topics still hold the missing batches, read them again: \
        PUT /connectors/<name>/stop, DELETE /connectors/<name>/offsets, PUT /connectors/<name>/resume. \
        What was applied is skipped.
        2. If they are gone (retention), go on from here and copy every table again: \
        UPDATE pgq_connect.subscription SET tick_id = %d, tick_time = NULL WHERE name = %s; \
        then restart the connector and run ./pgq-connect provider resync <table> for each table.
        3. If you know that nothing was lost, the UPDATE of 2 alone accepts the hole."""
        .formatted(
            topic,
            batch.bounds(),
            batch.queue(),
            subscription,
            position.tickId(),
            position.tickId(),
            prev,
            prev,
            literal(subscription));
  }

  private void checkProvider(Boundary batch, Position position) {
    String stored = position.provider();
    if (stored == null || stored.equals(batch.provider())) {
      return;
    }
    throw new StopException(
        """
        Batch %s of topic %s comes from provider %s, but subscription %s follows provider %s and stands at its tick %d. \
        The queue %s was installed anew or the connector reads another database, so ticks cannot be compared and changes since tick %d \
        may be lost. If the new provider holds the same data, accept it: \
        UPDATE pgq_connect.subscription SET provider = %s, tick_id = %d, tick_time = NULL WHERE name = %s; \
        restart the connector, then compare the tables or copy them again with ./pgq-connect provider resync <table>."""
            .formatted(
                batch.bounds(),
                topic,
                batch.provider(),
                subscription,
                stored,
                position.tickId(),
                batch.queue(),
                position.tickId(),
                literal(batch.provider()),
                batch.bounds().prevTickId(),
                literal(subscription)));
  }

  private void checkHistory(Boundary batch, Position position) {
    if (position.tickId() == null
        || position.tickTime() == null
        || position.tickId() != batch.bounds().tickId()
        || !(batch instanceof BatchEnd end)
        || end.tickTime().equals(position.tickTime())) {
      return;
    }
    throw new StopException(
        """
        Tick %d of queue %s was made at %s according to topic %s, but subscription %s applied a tick %d made at %s. \
        The provider lost part of its history (a failover to a standby that lagged, or a restore) and uses tick ids again, \
        so the subscriber may hold changes that the provider has no more. Compare the tables, or copy them again with \
        ./pgq-connect provider resync <table>. To go on from this tick: \
        UPDATE pgq_connect.subscription SET tick_time = %s WHERE name = %s; and restart the connector."""
            .formatted(
                batch.bounds().tickId(),
                batch.queue(),
                end.tickTime(),
                topic,
                subscription,
                position.tickId(),
                position.tickTime(),
                literal(end.tickTime()),
                literal(subscription)));
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
