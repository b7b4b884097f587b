/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What a task shows through JMX. Reads the components; none of them knows it. */
package org.pgqconnect.source.metrics;
