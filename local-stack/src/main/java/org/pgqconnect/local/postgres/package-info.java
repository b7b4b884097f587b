/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * PostgreSQL servers, from the binaries that are resources of this module or from Debian's
 * packages.
 */
package org.pgqconnect.local.postgres;
