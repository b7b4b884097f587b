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
package org.pgqconnect.wire;

import static java.util.Objects.requireNonNull;

import org.pgqconnect.batch.TableId;

/**
 * Names of the topics of one queue.
 *
 * @param prefix the connector's {@code topic.prefix}
 */
public record TopicNames(String prefix) {
  public TopicNames {
    requireNonNull(prefix, "prefix");
  }

  /** The topic of a table's changes. */
  public String table(TableId table) {
    return prefix + "." + legal(table.schema()) + "." + legal(table.table());
  }

  /** The topic of the batch boundaries: one partition. */
  public String transaction() {
    return prefix + ".transaction";
  }

  /** Kafka allows letters, digits, dot, underscore and hyphen; anything else becomes underscore. */
  private static String legal(String name) {
    StringBuilder out = null;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean ok =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || c == '.'
              || c == '_'
              || c == '-';
      if (!ok) {
        if (out == null) {
          out = new StringBuilder(name);
        }
        out.setCharAt(i, '_');
      }
    }
    return out == null ? name : out.toString();
  }
}
