/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The sink connector: batches from Kafka to a subscriber, each in one transaction. The packages are
 * the path of a batch; each knows only those before it.
 *
 * <p>{@code offsets}, {@code intake}, {@code position}, {@code assemble}, {@code tables}, {@code
 * store}, {@code target}, {@code plan}, {@code statements}, {@code write}, {@code session}, {@code
 * apply}, {@code flow}. Beside it: {@code install}, {@code watch}, {@code admin}.
 */
package org.pgqconnect.sink;
