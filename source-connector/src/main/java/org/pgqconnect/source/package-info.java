/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The source connector: Connect's shells and the configuration. The packages are the path of a
 * batch; each knows only those before it.
 *
 * <p>Once, by JDBC only: {@code engine}, {@code capture}. Then one batch: {@code lock}, {@code
 * queue}, {@code history}, {@code tick}, {@code decode}, {@code external}, {@code copy}, {@code
 * session}, {@code publish}. Beside it: {@code watch}, {@code setup}, {@code metrics}.
 */
package org.pgqconnect.source;
