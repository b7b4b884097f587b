/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The client of a Connect worker's REST API. Start with {@link org.pgqconnect.connect.ConnectRest}.
 */
package org.pgqconnect.connect;
