/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

/** Where the PgQ API of a provider comes from. */
public enum EngineKind {
  /** The {@code pgq} extension. */
  EXTENSION,
  /** The engine that pgq-connect brings, plain SQL. */
  BUILT_IN,
  /** A schema {@code pgq} that something else made, such as PgQ's own plain SQL variant. */
  OTHER,
  /** No PgQ API yet. */
  NONE
}
