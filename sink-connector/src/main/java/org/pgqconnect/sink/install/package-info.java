/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What the sink needs on the subscriber: schema pgq_connect and the rights of its role. */
package org.pgqconnect.sink.install;
