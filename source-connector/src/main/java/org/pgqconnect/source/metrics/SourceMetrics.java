/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.metrics;

import static java.util.Objects.requireNonNull;

import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.pgqconnect.source.publish.PublishSummary;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.tick.TickerRole;
import org.pgqconnect.source.watch.CaptureSummary;
import org.pgqconnect.source.watch.RotationBlocker;
import org.pgqconnect.source.watch.RotationState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a source task reports through JMX: every metric with its name and its meaning. Plain JMX, so
 * that it works on every worker that the connector runs on; Connect's own plugin metrics came with
 * 4.1. Safe for use from several threads.
 */
public final class SourceMetrics implements DynamicMBean, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceMetrics.class);

  private static final Pattern PLAIN = Pattern.compile("[\\w.-]+");

  private static final List<Metric> METRICS =
      List.of(
          new Metric(
              "TickerRole",
              "String",
              "What the task's ticker does: active (makes the ticks), standing by (another process,"
                  + " as pgqd, makes them), waiting (another connector's ticker does), external"
                  + " (ticker=external), paused (queue_ticker_paused), starting (no session).",
              m -> m.role.get().label()),
          new Metric("TicksMade", "long", "Ticks that this task made.", m -> m.ticks.getAsLong()),
          new Metric(
              "LastTick",
              "long",
              "Id of the queue's newest tick that the task knows of, from any ticker.",
              m -> m.newestTick.getAsLong()),
          new Metric(
              "MillisSinceLastTick",
              "long",
              "Milliseconds since the task heard of a new tick. Stays under heartbeat.interval.ms"
                  + " while the queue is ticked.",
              m -> m.sinceTick.getAsLong()),
          new Metric(
              "LastPublishedTick",
              "long",
              "Id of the last published tick; 0 before the first.",
              m -> m.published.get().tick().map(Tick::id).orElse(0L)),
          new Metric(
              "PublishLagMillis",
              "long",
              "Age of the last published tick in milliseconds, by the worker's clock against the"
                  + " provider's; -1 before the first. An idle queue that is up to date stays under"
                  + " about twice heartbeat.interval.ms.",
              SourceMetrics::publishLag),
          new Metric(
              "PublishedBatches",
              "long",
              "Batches published since the task started.",
              m -> m.published.get().batches()),
          new Metric(
              "PublishedRows",
              "long",
              "Changes and copied rows published since the task started.",
              m -> m.published.get().rows()),
          new Metric(
              "PendingEvents",
              "long",
              "About how many events the queue holds that are ticked and not published yet. Looked"
                  + " up every maintenance.interval.ms.",
              m -> m.rotation.get().pendingEvents()),
          new Metric(
              "RetainedBytes",
              "long",
              "Size of the queue's event tables with their indexes. Looked up every"
                  + " maintenance.interval.ms.",
              m -> m.rotation.get().retainedBytes()),
          new Metric(
              "RotationBlocked",
              "int",
              "1 when the event tables should have been rotated long ago and something blocks"
                  + " rotation.",
              m -> m.rotation.get().blocked() ? 1 : 0),
          new Metric(
              "RotationBlockers",
              "String",
              "What blocks the rotation, and what fixes it; empty when nothing does.",
              SourceMetrics::blockers),
          new Metric(
              "TablesCaptured",
              "int",
              "Tables whose changes are captured and published. Looked up every"
                  + " capture.check.interval.ms.",
              m -> m.capture.get().captured()),
          new Metric(
              "TablesLosingChanges",
              "int",
              "Captured tables whose changes get lost, because a trigger is dropped or disabled, or"
                  + " the table is dropped or renamed.",
              m -> m.capture.get().losing()),
          new Metric(
              "CaptureProblems",
              "String",
              "What is wrong with the capture of which table, and what fixes it; empty when nothing"
                  + " is.",
              m -> String.join("; ", m.capture.get().problems())));

  private final ObjectName name;
  private final Supplier<TickerRole> role;
  private final LongSupplier ticks;
  private final LongSupplier newestTick;
  private final LongSupplier sinceTick;

  private final Supplier<PublishSummary.Published> published;
  private final Supplier<RotationState> rotation;
  private final Supplier<CaptureSummary> capture;
  private final Clock clock;

  private record Metric(
      String name, String type, String description, Function<SourceMetrics, Object> value) {}

  /**
   * A metric as the reference lists it.
   *
   * @param type "long", "int" or "String"
   */
  public record Description(String name, String type, String meaning) {}

  /**
   * @param role what the ticker does
   * @param ticks how many ticks it made
   * @param newestTick the newest tick
   * @param sinceTick milliseconds since then
   * @param published what was published
   * @param rotation what the last check of the rotation found
   * @param capture what the last check of the triggers found
   */
  public SourceMetrics(
      String connector,
      String queue,
      Supplier<TickerRole> role,
      LongSupplier ticks,
      LongSupplier newestTick,
      LongSupplier sinceTick,
      Supplier<PublishSummary.Published> published,
      Supplier<RotationState> rotation,
      Supplier<CaptureSummary> capture,
      Clock clock) {
    this.name = objectName(connector, queue);
    this.role = requireNonNull(role, "role");
    this.ticks = requireNonNull(ticks, "ticks");
    this.newestTick = requireNonNull(newestTick, "newestTick");
    this.sinceTick = requireNonNull(sinceTick, "sinceTick");
    this.published = requireNonNull(published, "published");
    this.rotation = requireNonNull(rotation, "rotation");
    this.capture = requireNonNull(capture, "capture");
    this.clock = requireNonNull(clock, "clock");
  }

  /** All metrics, in the order of the reference. */
  public static List<Description> descriptions() {
    return METRICS.stream().map(m -> new Description(m.name, m.type, m.description)).toList();
  }

  /** The name that the metrics of a connector are registered under; odd names are quoted. */
  public static ObjectName objectName(String connector, String queue) {
    try {
      return new ObjectName(
          "pgq-connect:type=source,connector=%s,queue=%s"
              .formatted(plain(connector), plain(queue)));
    } catch (JMException e) {
      throw new IllegalArgumentException("No name for metrics of " + connector, e);
    }
  }

  private static String plain(String text) {
    return PLAIN.matcher(text).matches() ? text : ObjectName.quote(text);
  }

  /**
   * Makes the metrics visible; those that an earlier task of the same connector left are replaced.
   */
  public void register() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      if (server.isRegistered(name)) {
        server.unregisterMBean(name);
      }
      server.registerMBean(this, name);
    } catch (JMException e) {
      LOG.warn("The metrics {} are not visible", name, e);
    }
  }

  @Override
  public void close() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      if (server.isRegistered(name)) {
        server.unregisterMBean(name);
      }
    } catch (JMException e) {
      LOG.debug("The metrics {} were not withdrawn", name, e);
    }
  }

  private Object publishLag() {
    return published.get().tick().map(tick -> clock.millis() - tick.timeMillis()).orElse(-1L);
  }

  private Object blockers() {
    return rotation.get().blockers().stream()
        .map(SourceMetrics::text)
        .collect(Collectors.joining("; "));
  }

  private static String text(RotationBlocker blocker) {
    return blocker.description() + ": " + blocker.remedy();
  }

  @Override
  public Object getAttribute(String attribute) throws AttributeNotFoundException {
    for (Metric metric : METRICS) {
      if (metric.name.equals(attribute)) {
        return metric.value.apply(this);
      }
    }
    throw new AttributeNotFoundException(attribute);
  }

  @Override
  public AttributeList getAttributes(String[] attributes) {
    AttributeList list = new AttributeList();
    for (String attribute : attributes) {
      try {
        list.add(new Attribute(attribute, getAttribute(attribute)));
      } catch (AttributeNotFoundException e) {
        LOG.debug("There is no metric {}", attribute);
      }
    }
    return list;
  }

  @Override
  public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
    throw new AttributeNotFoundException("Metrics cannot be set");
  }

  @Override
  public AttributeList setAttributes(AttributeList attributes) {
    return new AttributeList();
  }

  @Override
  public Object invoke(String action, Object[] parameters, String[] signature) {
    throw new UnsupportedOperationException("Metrics have no operations");
  }

  @Override
  public MBeanInfo getMBeanInfo() {
    MBeanAttributeInfo[] attributes =
        METRICS.stream()
            .map(
                m ->
                    new MBeanAttributeInfo(
                        m.name,
                        m.type.equals("String") ? "java.lang.String" : m.type,
                        m.description,
                        true,
                        false,
                        false))
            .toArray(MBeanAttributeInfo[]::new);
    return new MBeanInfo(
        SourceMetrics.class.getName(),
        "A source task of pgq-connect",
        attributes,
        null,
        null,
        null);
  }
}
