/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;

class AnnouncementsTest {
  private static final long DAY = Announcements.PERIOD.toNanos();

  private final Announcements announcements = new Announcements();

  private static TableDefinition definition(String table, String type) {
    return new TableDefinition(
        new TableId("public", table),
        List.of(new TableDefinition.Column("id", type, true)),
        List.of("id"));
  }

  @Test
  void announcesATableBeforeItsFirstRowsOnly() {
    announcements.rows(definition("a", "int"), 5);
    assertThat(announcements.take()).containsExactly(definition("a", "int"));
    announcements.rows(definition("a", "int"), 6);
    assertThat(announcements.take()).isEmpty();
  }

  @Test
  void announcesAChangedTableAgain() {
    announcements.rows(definition("a", "int"), 5);
    announcements.take();
    announcements.rows(definition("a", "bigint"), 6);
    assertThat(announcements.take()).containsExactly(definition("a", "bigint"));
  }

  @Test
  void announcesATableWithEveryCopy() {
    announcements.copyBegins(definition("a", "int"), 5);
    announcements.rows(definition("a", "int"), 5);
    assertThat(announcements.take()).containsExactly(definition("a", "int"));
    announcements.copyBegins(definition("a", "int"), 6);
    assertThat(announcements.take()).containsExactly(definition("a", "int"));
  }

  @Test
  void announcesATableThatHasRowsOnceADay() {
    announcements.rows(definition("a", "int"), 5);
    announcements.take();
    announcements.rows(definition("a", "int"), 4 + DAY);
    assertThat(announcements.take()).isEmpty();
    announcements.rows(definition("a", "int"), 5 + DAY);
    assertThat(announcements.take()).containsExactly(definition("a", "int"));
  }

  @Test
  void repeatsSomeOfTheTablesWithoutRowsWithEachBatch() {
    List<TableDefinition> tables =
        IntStream.range(0, Announcements.REPEATED_A_BATCH + 3)
            .mapToObj(n -> definition("t" + n, "int"))
            .toList();
    tables.forEach(table -> announcements.rows(table, 5));
    announcements.take();
    announcements.batchEnds(6);
    assertThat(announcements.take()).isEmpty();
    announcements.batchEnds(5 + DAY);
    assertThat(announcements.take()).isEqualTo(tables.subList(0, Announcements.REPEATED_A_BATCH));
    announcements.batchEnds(6 + DAY);
    assertThat(announcements.take())
        .isEqualTo(tables.subList(Announcements.REPEATED_A_BATCH, tables.size()));
    announcements.batchEnds(7 + DAY);
    assertThat(announcements.take()).isEmpty();
  }
}
