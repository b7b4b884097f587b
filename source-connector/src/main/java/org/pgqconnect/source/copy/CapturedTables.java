/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.queue.Snapshot;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/**
 * The captured tables as they were when the connector last looked.
 *
 * <p>Of one that has another layout than before, subscribers are informed though no session writes
 * to the table, because the earlier rows may have got values. When a session begins, every table
 * whose layout is not its first counts as such, because the session before it may have ended too
 * early. The others are described once a session, some at a time: a subscriber that came after
 * their copies hears of tables that do not change, and says that it lacks them. Not thread safe.
 */
public final class CapturedTables {
  private static final Duration LOOK = Duration.ofSeconds(2);

  /** How many tables that were not altered a batch describes; more where there are very many. */
  public static final int DESCRIBED_A_BATCH = 10;

  private static final int BATCHES_TO_DESCRIBE_ALL = 20;

  private final Session session;
  private final String queue;
  private final Layouts layouts;
  private final Map<TableId, Integer> known = new HashMap<>();
  private final Map<TableId, Long> oids = new HashMap<>();
  private final Set<TableId> altered = new LinkedHashSet<>();
  private final Set<TableId> undescribed = new LinkedHashSet<>();
  private final Interval rest;
  private boolean looked;
  private Snapshot seen;
  private int describedAtOnce;

  // Computed when asked for: there may be thousands of tables.
  private String names;

  /**
   * @param connection in autocommit mode
   */
  public CapturedTables(Connection connection, String queue, NanoClock clock) {
    this.session = new Session(connection);
    this.queue = requireNonNull(queue, "queue");
    this.layouts = new Layouts(connection, clock);
    this.rest = Interval.over(clock, LOOK);
  }

  /**
   * Looks, unless it did a short while ago.
   *
   * @param included which tables the connector publishes
   */
  public void lookIfDue(Predicate<TableId> included) throws SQLException {
    if (rest.isOver()) {
      look(included);
      rest.begin();
    }
  }

  /**
   * Looks.
   *
   * @param included which tables the connector publishes
   */
  public void look(Predicate<TableId> included) throws SQLException {
    oids.clear();
    names = null;
    session.each(CopySql.LAYOUTS, row -> see(row, included), queue);
    if (!looked) {
      describedAtOnce = Math.max(DESCRIBED_A_BATCH, undescribed.size() / BATCHES_TO_DESCRIBE_ALL);
      looked = true;
    }
  }

  private void see(ResultSet row, Predicate<TableId> included) throws SQLException {
    TableId table = new TableId(row.getString(1), row.getString(2));
    oids.put(table, row.getLong(7));
    if (!row.getBoolean(8)) {
      return;
    }
    Integer before = known.put(table, row.getInt(3));
    // An ALTER TABLE before the first row needs something that it is compared with.
    boolean marked = before == null && row.getBoolean(9);
    boolean another = before == null ? row.getBoolean(4) || marked : before != row.getInt(3);
    if (row.getBoolean(5)) {
      altered.remove(table); // Its rows carry the layout.
      undescribed.remove(table);
    } else if (another && (before != null || marked || !looked) && included.test(table)) {
      // A table that is captured from now on begins with its copy, or with its rows.
      altered.add(table);
      seen = Snapshot.parse(row.getString(6));
    } else if (!looked && row.getBoolean(10) && included.test(table)) {
      undescribed.add(table);
      seen = Snapshot.parse(row.getString(6));
    }
  }

  /**
   * Whether rows of a layout are of the table that their name means. Tables that exchange names
   * write under each other's, until they are captured under them.
   */
  public boolean bearsItsName(Layout layout, Predicate<TableId> included) throws SQLException {
    if (!isOfThatName(layout)) {
      look(included); // They may be by now.
    }
    return isOfThatName(layout);
  }

  /**
   * Whether rows of a layout come under a name by which the table that they are of is not known.
   */
  public boolean isRenamed(Layout layout) {
    return !oids.containsKey(layout.table()) && oids.containsValue(layout.tableOid());
  }

  /** Stands for which table each name means: the same text as long as that is the same. */
  public String names() {
    if (names == null) {
      String text =
          oids.entrySet().stream()
              .map(table -> table.getKey() + " " + table.getValue())
              .sorted()
              .collect(Collectors.joining("\n"));
      names = UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
    }
    return names;
  }

  private boolean isOfThatName(Layout layout) {
    Long oid = oids.get(layout.table());
    return oid == null
        || layout.tableOid() == 0
        || oid == layout.tableOid()
        || !oids.containsValue(layout.tableOid());
  }

  /** Whether a tick is needed to publish what was seen. */
  public boolean areDue() {
    return !altered.isEmpty();
  }

  /**
   * The layouts to send at the end of a batch; they are handed out once. A batch whose tick sees
   * the layout's record has all rows of the layout before it, or they were published already. One
   * that was outdated since the last check is not sent after its successor.
   */
  public List<Layout> take(Tick tick, Predicate<TableId> included) throws SQLException {
    if (altered.isEmpty() && undescribed.isEmpty() || !sees(tick)) {
      return List.of();
    }
    look(included);
    if (!sees(tick)) {
      return List.of();
    }
    Set<TableId> due = new LinkedHashSet<>(altered);
    undescribed.stream().limit(describedAtOnce).forEach(due::add);
    List<Layout> taken = new ArrayList<>();
    for (TableId table : due) {
      taken.add(layouts.decoder(known.get(table)).layout());
    }
    altered.clear();
    undescribed.removeAll(due);
    return taken;
  }

  private boolean sees(Tick tick) {
    return Snapshot.parse(tick.snapshot()).covers(seen);
  }
}
