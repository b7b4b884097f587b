/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import java.util.Map;

/**
 * What {@code status} shows of a sink.
 *
 * @param waitingFor null when it does not wait, or not for long
 * @param notApplied records by reason
 */
public record StatusReport(String waitingFor, long waitedMillis, Map<String, Long> notApplied) {}
