/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * PostgreSQL, Kafka and Connect on this machine, as real processes of their own that can be
 * stopped, killed and restarted. Start with {@link org.pgqconnect.local.LocalStack}; each server
 * can be used alone too.
 */
package org.pgqconnect.local;
