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
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.source.decode.Layout;

/**
 * One chunk of a copy.
 *
 * @param layout what the rows' values mean; null when the copy sends no rows
 * @param rows values in the layout's order
 * @param lastKey the key of the last row, or of the last chunk when this one is empty
 * @param progress what the batch's END says of it
 */
public record CopyChunk(
    Layout layout, List<Object[]> rows, List<String> lastKey, CopyProgress progress) {
  public CopyChunk {
    requireNonNull(progress, "progress");
    rows = List.copyOf(rows);
    lastKey = List.copyOf(lastKey);
  }
}
