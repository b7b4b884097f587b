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
package org.pgqconnect.sink.assemble;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.Row;
import org.pgqconnect.batch.TableId;

/** Makes images as the assembler does. */
public final class TestImages {
  private final Layouts layouts = new Layouts();

  public Image image(TableId table, Map<String, Object> values) {
    Change change =
        new Change(
            new BatchId(1, 1),
            table,
            Operation.CREATE,
            1,
            1,
            1,
            null,
            new MapRow(new TreeMap<>(values)));
    return (Image) layouts.compact(change).after();
  }

  private record MapRow(Map<String, Object> values) implements Row {
    @Override
    public Set<String> columns() {
      return values.keySet();
    }

    @Override
    public Object get(String column) {
      return values.get(column);
    }
  }
}
