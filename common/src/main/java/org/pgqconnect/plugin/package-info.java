/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What both connectors say of themselves to Kafka Connect. */
package org.pgqconnect.plugin;
