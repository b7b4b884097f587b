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
package org.pgqconnect.batch;

/** What happened to a row; the codes are Debezium's. */
public enum Operation {
  CREATE("c"),
  UPDATE("u"),
  DELETE("d"),
  /** A row of a table's copy. */
  READ("r"),
  TRUNCATE("t");

  private final String code;

  Operation(String code) {
    this.code = code;
  }

  /** The one-letter code on the wire. */
  public String code() {
    return code;
  }

  /**
   * @throws IllegalArgumentException when no operation has this code
   */
  public static Operation of(String code) {
    switch (code) {
      case "c":
        return CREATE;
      case "u":
        return UPDATE;
      case "d":
        return DELETE;
      case "r":
        return READ;
      case "t":
        return TRUNCATE;
      default:
        throw new IllegalArgumentException(
            "Unknown operation '" + code + "': expected one of c, u, d, r, t");
    }
  }
}
