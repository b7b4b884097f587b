/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The demonstration: a bank whose money moves all the time, replicated to two subscribers, watched
 * while it runs and compared at the end.
 */
package org.pgqconnect.demo;
