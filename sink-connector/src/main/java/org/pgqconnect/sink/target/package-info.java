/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The tables of the subscriber: their columns, keys, constraints and rights, and whether they can
 * take what the provider sends.
 */
package org.pgqconnect.sink.target;
