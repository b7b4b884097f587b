/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
public record ExternalPolicy(
    Predicate<TableId> included,
    boolean failsOnScripts,
    Set<Long> executed,
    boolean failsOnUnknown,
    boolean checksDates) {
  public ExternalPolicy {
    executed = Set.copyOf(executed);
  }
}
