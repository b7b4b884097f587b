/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * One session on the provider as the queue's only reader.
 *
 * <p>In: the connector's settings and the last offset. Out: a queue, a decoder and copies that are
 * placed where publishing continues. Next: {@code publish}.
 */
package org.pgqconnect.source.session;
