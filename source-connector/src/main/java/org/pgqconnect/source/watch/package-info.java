/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Looks after the provider beside the batch: triggers, maintenance, rotation.
 *
 * <p>In: a session of its own. Out: warnings, a reason to stop, and what the metrics show.
 */
package org.pgqconnect.source.watch;
