/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import org.pgqconnect.batch.Operation;
import org.pgqconnect.source.queue.Event;

/**
 * An event with its meaning.
 *
 * @param before the old row's values in the layout's order, or null
 * @param after the new row's values in the layout's order, or null
 */
public record DecodedChange(
    Event event, Layout layout, Operation operation, Object[] before, Object[] after) {}
