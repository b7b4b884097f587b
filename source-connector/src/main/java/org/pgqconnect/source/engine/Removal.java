/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

/**
 * What an uninstallation may take away.
 *
 * @param ownQueue the queue that goes without asking; null for none
 * @param ownConsumer the consumer of that queue that goes with it; null for none
 * @param force whether everything else in the built-in engine may go, too, with every event in it
 */
public record Removal(String ownQueue, String ownConsumer, boolean force) {}
