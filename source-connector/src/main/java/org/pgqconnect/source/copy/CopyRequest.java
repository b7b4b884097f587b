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
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.pgqconnect.batch.TableId;

/**
 * A copy that is wanted and not finished.
 *
 * @param copyId grows with every request for the table
 * @param started some chunks are published
 * @param lastKey the key of the last row published, as text in key order; empty before the first
 */
public record CopyRequest(TableId table, long copyId, boolean started, List<String> lastKey) {
  public CopyRequest {
    requireNonNull(table, "table");
    lastKey = List.copyOf(lastKey);
  }
}
