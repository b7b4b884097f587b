/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What a batch is, without Kafka and without JDBC: its name, its bounds, the changes it holds and
 * the facts that close it. Every other package speaks in these types.
 */
package org.pgqconnect.batch;
