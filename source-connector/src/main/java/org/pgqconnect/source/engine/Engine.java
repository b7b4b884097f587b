/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static java.util.Objects.requireNonNull;

/**
 * What a database offers as PgQ.
 *
 * @param kind where the API comes from
 * @param version the version of that: the extension's, the built-in engine's, else PgQ's; empty
 *     when there is none
 */
public record Engine(EngineKind kind, String version) {

  public Engine {
    requireNonNull(kind, "kind");
    requireNonNull(version, "version");
  }

  /** For logs and for {@code pgq_connect.provider.engine}. */
  @Override
  public String toString() {
    return switch (kind) {
      case EXTENSION -> "extension pgq " + version;
      case BUILT_IN -> "built-in engine " + version;
      case OTHER -> "pgq " + version + " of other origin";
      case NONE -> "no PgQ";
    };
  }
}
