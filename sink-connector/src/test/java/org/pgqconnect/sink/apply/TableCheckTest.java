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
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.apply.TargetTable.Cascade;

class TableCheckTest {
  @Test
  void saysHowToTakeACascadeAway() {
    Cascade cascade =
        new Cascade(
            new TableId("public", "child"),
            "c fk",
            "FOREIGN KEY (a, b) REFERENCES p(a, b) ON UPDATE CASCADE ON DELETE SET NULL (b) DEFERRABLE");
    TargetTable target =
        new TargetTable(
            new TableId("public", "p"), Map.of(), List.of(), Set.of(), List.of(cascade));
    assertThat(TableCheck.cascades(target, "sink"))
        .contains("Rows of table public.p cannot be deleted safely")
        .contains("delete or change rows of public.child that the provider still has")
        .contains("GRANT SET ON PARAMETER session_replication_role TO \"sink\"")
        .contains(
            "ALTER TABLE \"public\".\"child\" DROP CONSTRAINT \"c fk\", ADD CONSTRAINT \"c fk\""
                + " FOREIGN KEY (a, b) REFERENCES p(a, b) ON UPDATE CASCADE DEFERRABLE;");
  }
}
