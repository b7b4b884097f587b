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
package org.pgqconnect.source.capture;

import static java.util.Objects.requireNonNull;

import org.pgqconnect.batch.TableId;

/**
 * What verification found for one captured table.
 *
 * @param detail what is affected; null when all is well
 * @param remedy the command or SQL that mends it; null when all is well
 */
public record TableState(
    String queue, TableId table, TriggerState state, String detail, String remedy) {

  public TableState {
    requireNonNull(queue, "queue");
    requireNonNull(table, "table");
    requireNonNull(state, "state");
  }
}
