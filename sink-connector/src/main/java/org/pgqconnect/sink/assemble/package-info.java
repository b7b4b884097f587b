/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Rows become batches again.
 *
 * <p>In: changes and boundaries in whatever order the partitions deliver them. Out: complete
 * batches, in tick order, and the offsets from which everything not yet applied can be read again.
 * Next: {@code tables}.
 */
package org.pgqconnect.sink.assemble;
