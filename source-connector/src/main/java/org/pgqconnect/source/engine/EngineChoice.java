/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

/** Which engine an installation may use. */
public enum EngineChoice {
  /**
   * The extension when the server offers it and this role may create it, else the built-in engine.
   */
  BEST_AVAILABLE,
  /** The built-in engine. */
  BUILT_IN
}
