/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.intake.Cluster.Look;
import org.pgqconnect.sink.intake.Cluster.Range;
import org.pgqconnect.sink.intake.Cluster.Topic;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.TopicOrigin;

class StartOffsetsTest {
  private static final PartitionId PARTITION = new PartitionId("q.public.a", 0);
  private static final TopicOrigin ORIGIN = new TopicOrigin("c1", Map.of("q.public.a", "id1"));

  private static StartOffsets start(String cluster, String id, long beginning, long end) {
    Look look =
        new Look(
            cluster,
            Map.of("q.public.a", new Topic(id, Map.of(0, new Range(beginning, end, end)))));
    return StartOffsets.of(Map.of(PARTITION, 50L), ORIGIN, look);
  }

  @Test
  void storedOffsetsOfTheSameTopicStay() {
    assertThat(start("c1", "id1", 0, 50))
        .isEqualTo(new StartOffsets(Map.of(PARTITION, 50L), List.of()));
  }

  @Test
  void aTopicThatWasMadeAnewIsReadFromItsBeginning() {
    StartOffsets start = start("c1", "id2", 3, 90);
    assertThat(start.offsets()).containsEntry(PARTITION, 3L);
    assertThat(start.differences()).singleElement().asString().contains("deleted and made anew");
  }

  @Test
  void aTopicThatEndsBeforeTheStoredOffsetIsReadFromItsBeginning() {
    StartOffsets start = start("c1", "id1", 0, 49);
    assertThat(start.offsets()).containsEntry(PARTITION, 0L);
    assertThat(start.differences()).singleElement().asString().contains("ends at offset 49");
  }

  @Test
  void recordsThatWereRemovedBehindTheStoredOffsetAreNamed() {
    StartOffsets start = start("c1", "id1", 60, 90);
    assertThat(start.offsets()).containsEntry(PARTITION, 60L);
    assertThat(start.differences())
        .singleElement()
        .asString()
        .contains("begins at offset 60 in partition 0, behind the stored offset 50");
  }

  @Test
  void offsetsOfAnotherClusterMeanNothing() {
    StartOffsets start = start("c2", "id1", 0, 90);
    assertThat(start.offsets()).containsEntry(PARTITION, 0L);
    assertThat(start.differences())
        .singleElement()
        .asString()
        .contains("cluster c1")
        .contains("cluster c2");
  }

  @Test
  void whatNothingIsKnownOfIsReadWhereItWas() {
    Look look = new Look("c1", Map.of());
    assertThat(StartOffsets.of(Map.of(PARTITION, 50L), ORIGIN, look).offsets())
        .containsEntry(PARTITION, 50L);
  }
}
