/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Which records of a partition are done with, as the subscriber stores it. */
package org.pgqconnect.sink.offsets;
