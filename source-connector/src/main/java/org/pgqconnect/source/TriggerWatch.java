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
package org.pgqconnect.source;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.TableState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks now and then whether the triggers of all published tables are there and enabled. */
final class TriggerWatch {
  private static final Logger LOG = LoggerFactory.getLogger(TriggerWatch.class);
  private static final long INTERVAL_NANOS = 30_000_000_000L;

  private final PgqSourceConfig config;
  private final Set<TableState> reported = new HashSet<>();
  private final Optional<ForeignTriggerCheck> foreign;
  private boolean due = true;
  private long lastNanos;

  TriggerWatch(PgqSourceConfig config) {
    this.config = config;
    this.foreign =
        config.capturesExternally()
            ? Optional.of(new ForeignTriggerCheck(config.queue()))
            : Optional.empty();
  }

  /**
   * Looks, if it is time.
   *
   * @throws ConnectException when changes of a table are lost and the configuration says to stop
   */
  void check(Connection provider) throws SQLException {
    if (!due && System.nanoTime() - lastNanos < INTERVAL_NANOS) {
      return;
    }
    due = false;
    lastNanos = System.nanoTime();
    for (TableState state : states(provider)) {
      if (state.remedy() != null && config.tables().test(state.table())) {
        report(state);
      }
    }
  }

  /** The states of the tables that our own triggers capture, and that PgQ's own do. */
  private List<TableState> states(Connection provider) throws SQLException {
    if (config.streamsEvents()) {
      return List.of();
    }
    List<TableState> states =
        new ArrayList<>(new CaptureInstaller().verify(provider, config.queue()));
    if (foreign.isPresent()) {
      states.addAll(foreign.get().check(provider));
    }
    return states;
  }

  private void report(TableState state) {
    String message =
        "Table %s of queue \"%s\": %s (%s). Mend it: %s"
            .formatted(
                state.table(), config.queue(), state.state(), state.detail(), state.remedy());
    if (state.state().losesChanges() && config.failsOnLostTriggers()) {
      throw new ConnectException(
          message
              + ". Changes made meanwhile are not captured: have the table copied again: pgq-connect"
              + " provider resync --queue "
              + config.queue()
              + " "
              + state.table());
    }
    if (reported.add(state)) {
      LOG.warn(message);
    }
  }
}
