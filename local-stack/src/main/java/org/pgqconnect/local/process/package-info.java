/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What every server here needs: a process that does not outlive this JVM, a directory that is
 * deleted with it, a free port, the operator's files.
 */
package org.pgqconnect.local.process;
