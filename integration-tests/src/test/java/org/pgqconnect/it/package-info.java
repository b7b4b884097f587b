/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Both connectors on a real stack: PostgreSQL, a broker, a distributed worker that loads the
 * plugins from their directories, connectors created through the REST API. One behaviour a file, in
 * packages by subject; {@code stack} is what the tests start from.
 */
package org.pgqconnect.it;
