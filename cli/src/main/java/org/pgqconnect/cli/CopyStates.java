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
package org.pgqconnect.cli;

/** What the provider keeps of a table's copy, for people. */
final class CopyStates {
  private CopyStates() {}

  /**
   * In words.
   *
   * @param state the state in {@code pgq_connect.table_copy}, or null
   */
  static String inWords(String state) {
    if (state == null) {
      return "no copy";
    }
    return switch (state) {
      case "requested" -> "copy requested";
      case "copying" -> "being copied";
      case "done" -> "copied";
      case "none" -> "no copy";
      default -> state;
    };
  }
}
