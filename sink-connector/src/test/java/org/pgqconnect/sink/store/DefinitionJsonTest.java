/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;

class DefinitionJsonTest {
  private static final TableId T = new TableId("public", "t");

  @Test
  void definitionsSurviveTheirJson() {
    TableDefinition definition =
        new TableDefinition(
            T, List.of(new TableDefinition.Column("a \"b", "integer", true)), List.of("a \"b"));
    assertThat(DefinitionJson.read(T, DefinitionJson.write(definition))).isEqualTo(definition);
    assertThat(DefinitionJson.read(T, DefinitionJson.write(null))).isNull();
  }

  @Test
  void whatIsNoJsonStopsTheSinkAndNamesTheTable() {
    assertThatThrownBy(() -> DefinitionJson.read(T, "{"))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("pgq_connect.subscribed_table.definition of public.t");
  }
}
