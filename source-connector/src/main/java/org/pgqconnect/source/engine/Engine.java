/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
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
