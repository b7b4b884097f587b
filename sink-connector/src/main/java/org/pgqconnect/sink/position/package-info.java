/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Where the subscriber stands, and whether a batch is the next one.
 *
 * <p>In: the bounds of a batch. Out: apply it, skip it, or stop. Pure.
 */
package org.pgqconnect.sink.position;
