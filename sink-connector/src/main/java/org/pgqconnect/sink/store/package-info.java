/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What the subscriber stores of a subscription: its position, the states of its tables, and by what
 * it sees that other sessions changed one of them.
 *
 * <p>In: position and states after a batch. Out: rows of schema pgq_connect, and what of the stored
 * states does not hold any more.
 */
package org.pgqconnect.sink.store;
