/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The clock that decisions depend on, so that their tests move it instead of waiting. */
package org.pgqconnect.time;
