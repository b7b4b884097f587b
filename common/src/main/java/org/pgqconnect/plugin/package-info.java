/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What both connectors say to Kafka Connect of themselves and of their failures, and time. */
package org.pgqconnect.plugin;
