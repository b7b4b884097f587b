/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.pgqconnect.source.publish.PublishSummary;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.tick.TickerRole;
import org.pgqconnect.source.watch.CaptureSummary;
import org.pgqconnect.source.watch.RotationBlocker;
import org.pgqconnect.source.watch.RotationState;

class SourceMetricsTest {
  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

  private PublishSummary.Published published = new PublishSummary.Published(Optional.empty(), 0, 0);
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:09Z");

  private RotationState rotation = RotationState.unknown();
  private CaptureSummary capture = new CaptureSummary(0, 0, List.of());

  private SourceMetrics metrics(String connector, String queue) {
    return new SourceMetrics(
        connector,
        queue,
        () -> TickerRole.STANDING_BY,
        () -> 3,
        () -> 17,
        () -> 250,
        () -> published,
        () -> rotation,
        () -> capture,
        Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private Object value(String name) throws Exception {
    return server.getAttribute(SourceMetrics.objectName("c", "q"), name);
  }

  @Test
  void tellsWhatItWasTold() throws Exception {
    try (SourceMetrics metrics = metrics("c", "q")) {
      metrics.register();
      assertThat(value("TickerRole")).isEqualTo("standing by");
      assertThat(value("TicksMade")).isEqualTo(3L);
      assertThat(value("LastTick")).isEqualTo(17L);
      assertThat(value("PublishLagMillis")).isEqualTo(-1L);
      assertThat(value("RotationBlocked")).isEqualTo(0);

      Tick tick = new Tick(17, "2026-01-02 03:04:06.5+00", "6:6:", 1);
      published = new PublishSummary.Published(Optional.of(tick), 2, 42);
      rotation =
          new RotationState(8192, 99, List.of(new RotationBlocker("x", "x blocks", "end x")));
      capture = new CaptureSummary(2, 1, List.of("t is lost", "u is slow"));
      assertThat(value("LastPublishedTick")).isEqualTo(17L);
      assertThat(value("PublishedBatches")).isEqualTo(2L);
      assertThat(value("PublishedRows")).isEqualTo(42L);
      assertThat(value("PublishLagMillis")).isEqualTo(2500L);
      assertThat(value("RotationBlocked")).isEqualTo(1);
      assertThat(value("RotationBlockers")).isEqualTo("x blocks: end x");
      assertThat(value("RetainedBytes")).isEqualTo(8192L);
      assertThat(value("PendingEvents")).isEqualTo(99L);
      assertThat(value("TablesCaptured")).isEqualTo(2);
      assertThat(value("TablesLosingChanges")).isEqualTo(1);
      assertThat(value("CaptureProblems")).isEqualTo("t is lost; u is slow");
    }
    assertThat(server.isRegistered(SourceMetrics.objectName("c", "q"))).isFalse();
  }

  @Test
  void everyMetricHasAMeaningAndTheTypeThatItSays() throws Exception {
    try (SourceMetrics metrics = metrics("c", "q")) {
      metrics.register();
      for (MBeanAttributeInfo info : metrics.getMBeanInfo().getAttributes()) {
        assertThat(info.getDescription()).isNotBlank();
        String type = value(info.getName()).getClass().getSimpleName();
        assertThat(info.getType())
            .as(info.getName())
            .isEqualTo(
                switch (type) {
                  case "Long" -> "long";
                  case "Integer" -> "int";
                  default -> "java.lang.String";
                });
      }
      assertThat(SourceMetrics.descriptions())
          .extracting(SourceMetrics.Description::name)
          .doesNotHaveDuplicates()
          .containsExactlyElementsOf(
              Arrays.stream(metrics.getMBeanInfo().getAttributes())
                  .map(MBeanAttributeInfo::getName)
                  .toList());
    }
  }

  @Test
  void aTaskThatFollowsReplacesWhatTheLastOneLeft() throws Exception {
    metrics("c", "q").register();
    try (SourceMetrics next = metrics("c", "q")) {
      next.register();
      capture = new CaptureSummary(5, 0, List.of());
      assertThat(value("TablesCaptured")).isEqualTo(5);
    }
  }

  @Test
  void oddNamesAreQuoted() {
    for (String odd : new String[] {"it's \"a\"?", "two\nlines", "a:b*", "", "\\"}) {
      assertThat(ObjectName.unquote(SourceMetrics.objectName(odd, odd).getKeyProperty("queue")))
          .isEqualTo(odd);
    }
    assertThat(SourceMetrics.objectName("a,b=c", "q*").getKeyProperty("connector"))
        .isEqualTo("\"a,b=c\"");
  }
}
