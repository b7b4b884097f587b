/**
 * The source connector: Connect's shells, the configuration, and the loop that publishes one batch
 * after the other.
 *
 * <p>Reading order: {@link org.pgqconnect.source.BatchPublisher}, then the stages {@code engine},
 * {@code capture}, {@code queue}, {@code decode}, {@code copy}, {@code record}.
 */
package org.pgqconnect.source;
