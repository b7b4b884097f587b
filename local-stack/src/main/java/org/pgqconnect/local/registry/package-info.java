/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** A schema registry. */
package org.pgqconnect.local.registry;
