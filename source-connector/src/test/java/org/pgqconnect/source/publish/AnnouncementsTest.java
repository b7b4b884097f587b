/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.time.ManualClock;

class AnnouncementsTest {
  private static final Duration MOMENT = Duration.ofNanos(1);

  private final ManualClock clock = new ManualClock();
  private final Announcements announcements = new Announcements(clock);

  private static TableDefinition definition(String table, String type) {
    return new TableDefinition(
        new TableId("public", table),
        List.of(new TableDefinition.Column("id", type, true)),
        List.of("id"));
  }

  @Test
  void announcesATableBeforeItsFirstRowsOnly() {
    announcements.rows(definition("a", "int"));
    assertThat(announcements.take()).containsExactly(definition("a", "int"));
    clock.advance(MOMENT);
    announcements.rows(definition("a", "int"));
    assertThat(announcements.take()).isEmpty();
  }

  @Test
  void announcesAChangedTableAgain() {
    announcements.rows(definition("a", "int"));
    announcements.take();
    clock.advance(MOMENT);
    announcements.rows(definition("a", "bigint"));
    assertThat(announcements.take()).containsExactly(definition("a", "bigint"));
  }

  @Test
  void announcesATableWithEveryCopy() {
    announcements.copyBegins(definition("a", "int"));
    announcements.rows(definition("a", "int"));
    assertThat(announcements.take()).containsExactly(definition("a", "int"));
    clock.advance(MOMENT);
    announcements.copyBegins(definition("a", "int"));
    assertThat(announcements.take()).containsExactly(definition("a", "int"));
  }

  @Test
  void announcesATableThatHasRowsOnceADay() {
    announcements.rows(definition("a", "int"));
    announcements.take();
    clock.advance(Announcements.PERIOD.minus(MOMENT));
    announcements.rows(definition("a", "int"));
    assertThat(announcements.take()).isEmpty();
    clock.advance(MOMENT);
    announcements.rows(definition("a", "int"));
    assertThat(announcements.take()).containsExactly(definition("a", "int"));
  }

  @Test
  void repeatsSomeOfTheTablesWithoutRowsWithEachBatch() {
    List<TableDefinition> tables =
        IntStream.range(0, Announcements.REPEATED_A_BATCH + 3)
            .mapToObj(n -> definition("t" + n, "int"))
            .toList();
    tables.forEach(announcements::rows);
    announcements.take();
    clock.advance(MOMENT);
    announcements.batchEnds();
    assertThat(announcements.take()).isEmpty();
    clock.advance(Announcements.PERIOD.minus(MOMENT));
    announcements.batchEnds();
    assertThat(announcements.take()).isEqualTo(tables.subList(0, Announcements.REPEATED_A_BATCH));
    clock.advance(MOMENT);
    announcements.batchEnds();
    assertThat(announcements.take())
        .isEqualTo(tables.subList(Announcements.REPEATED_A_BATCH, tables.size()));
    clock.advance(MOMENT);
    announcements.batchEnds();
    assertThat(announcements.take()).isEmpty();
  }
}
