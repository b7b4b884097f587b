/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import org.pgqconnect.batch.TableId;

/** Says of a table whether it belongs to a set, e.g. to those that a sink subscribes to. */
@FunctionalInterface
public interface Ownership {
  boolean owns(TableId table);
}
