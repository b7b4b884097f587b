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
