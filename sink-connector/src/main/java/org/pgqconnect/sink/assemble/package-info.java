/**
 * Stage 1: rows become batches again.
 *
 * <p>In: changes and batch boundaries in whatever order the partitions deliver them. Out: complete
 * batches, in tick order, and the offsets from which everything not yet applied can be read again.
 * Next: {@code apply}.
 */
package org.pgqconnect.sink.assemble;
