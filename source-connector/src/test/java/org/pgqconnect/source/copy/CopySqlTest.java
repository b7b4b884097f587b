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

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.decode.Layout;

class CopySqlTest {
  private static final TableId TABLE = new TableId("My", "t\"x");
  private static final List<Layout.Column> KEY =
      List.of(
          new Layout.Column("a", "integer", "int4", true),
          new Layout.Column("B b", "character varying(5)", "varchar", true));

  @Test
  void firstChunkStartsAtTheBeginning() {
    assertThat(CopySql.chunk(TABLE, KEY, false, 10))
        .isEqualTo("select (t.*)::text from \"My\".\"t\"\"x\" t order by \"a\", \"B b\" limit 10");
  }

  @Test
  void laterChunksStartAfterTheLastKey() {
    assertThat(CopySql.chunk(TABLE, KEY, true, 10))
        .contains(
            " where (\"a\", \"B b\") > (?::text::integer, ?::text::character varying(5)) order by");
  }
}
