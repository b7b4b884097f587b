/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Before a task begins: what is missing on the provider is installed.
 *
 * <p>In: the configuration. Out: engine, queue and triggers.
 */
package org.pgqconnect.source.setup;
