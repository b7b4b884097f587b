/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Commands of the operator: taking a subscription over from Londiste or moving it. */
package org.pgqconnect.sink.admin;
