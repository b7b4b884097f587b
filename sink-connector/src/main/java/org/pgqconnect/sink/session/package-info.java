/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** One session on the subscriber and what works on it. */
package org.pgqconnect.sink.session;
