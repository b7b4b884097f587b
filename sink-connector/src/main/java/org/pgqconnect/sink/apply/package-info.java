/**
 * Stage 2: complete batches become set-based statements.
 *
 * <p>In: the changes of each table in order. Out: the net effect per key, written by TRUNCATE,
 * DELETE, COPY and INSERT .. ON CONFLICT over arrays into a transaction that the caller commits.
 * Next: {@code position}.
 */
package org.pgqconnect.sink.apply;
