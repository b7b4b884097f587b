/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** A Kafka broker, and the JVMs that run Kafka's programs with nothing but Kafka's jars. */
package org.pgqconnect.local.kafka;
