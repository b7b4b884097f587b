/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What a task shows through JMX. Reads the components; nobody knows it. */
package org.pgqconnect.source.metrics;
