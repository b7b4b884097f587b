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
package org.pgqconnect.source.external;

import java.util.Set;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;

/**
 * What to do with events of a foreign queue.
 *
 * @param included which tables are published
 * @param failsOnScripts whether a DDL script stops the task
 * @param executed scripts, by their {@code ev_id}, that an operator has run on the subscribers
 * @param failsOnUnknown whether an event of an unknown type stops the task
 * @param checksDates whether a date in a form other than ISO stops the task
 */
public record ForeignPolicy(
    Predicate<TableId> included,
    boolean failsOnScripts,
    Set<Long> executed,
    boolean failsOnUnknown,
    boolean checksDates) {
  public ForeignPolicy {
    executed = Set.copyOf(executed);
  }
}
