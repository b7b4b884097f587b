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

/**
 * What an uninstallation may take away.
 *
 * @param ownQueue the queue that goes without asking; null for none
 * @param ownConsumer the consumer of that queue that goes with it; null for none
 * @param force whether everything else in the built-in engine may go, too, with every event in it
 */
public record Removal(String ownQueue, String ownConsumer, boolean force) {

  /** Only what nobody uses. */
  public static Removal unused() {
    return new Removal(null, null, false);
  }

  /** Everything, whoever uses it. */
  public static Removal everything() {
    return new Removal(null, null, true);
  }
}
