/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

/** Other sessions altered a written table since its definition was read; nothing was committed. */
final class AlteredBesideException extends RuntimeException {
  private static final long serialVersionUID = 1;
}
