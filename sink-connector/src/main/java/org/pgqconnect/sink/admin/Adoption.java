/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.admin;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.offsets.StoredOffsets;
import org.pgqconnect.sink.store.PositionSql;
import org.pgqconnect.sink.tables.SubscribedTable;

/**
 * A subscriber that holds rows already, which something else brought there.
 *
 * @param subscription the sink's {@code subscription.name}
 * @param topicPrefix the sink's {@code topic.prefix}
 * @param tick the tick at which the tables are as the provider's were
 */
public record Adoption(String subscription, String topicPrefix, long tick, List<TableId> tables) {
  public Adoption {
    requireNonNull(subscription, "subscription");
    requireNonNull(topicPrefix, "topicPrefix");
    tables = List.copyOf(tables);
  }

  /** May a position that is there already be replaced? */
  public enum Moving {
    /** No. */
    NO,
    /** Unless tables that the subscription holds, and that are not named, would miss changes. */
    ALL_NAMED,
    /** Those that are not named, and would miss changes, wait for a copy. */
    COPY_OTHERS
  }

  /**
   * What became of the subscription.
   *
   * @param toCopy the tables that were not named, would miss changes, and wait for a copy now
   * @param before where it stood, if it went back from there
   */
  public record Outcome(List<TableId> toCopy, Optional<Long> before) {
    public Outcome {
      toCopy = List.copyOf(toCopy);
    }
  }

  /** The commands that messages name. */
  public interface Commands {
    /**
     * The same, for more tables, moving the position.
     *
     * @return empty when it cannot name them
     */
    Optional<String> naming(Collection<TableId> others);

    /** The same, moving the position and leaving tables that are not named to a copy. */
    String copyingOthers();

    /** Has tables copied again. */
    String resync(Collection<TableId> tables);
  }

  /**
   * Sets position and tables, in one transaction. Where the position goes back, tables get the
   * changes between once more, and count as catching up until the position is where it was: those
   * that are named may hold later rows, too.
   *
   * @param connection in autocommit mode
   * @throws StopException when the subscription has a position that must not be moved or its sink
   *     runs
   */
  public static Outcome adopt(
      Connection connection, Adoption adoption, Moving moving, Commands commands)
      throws SQLException {
    Session session = new Session(connection);
    return session.inTransaction(() -> adopt(session, adoption, moving, commands));
  }

  private static Outcome adopt(Session session, Adoption adoption, Moving moving, Commands commands)
      throws SQLException {
    session.update(PositionSql.REGISTER, adoption.subscription, adoption.topicPrefix);
    Long position = check(session, adoption);
    List<TableId> others = others(session, adoption);
    boolean back = position != null && position > adoption.tick;
    boolean skips = !others.isEmpty() && (position == null || position < adoption.tick);
    if ((position != null && moving == Moving.NO) || (skips && moving != Moving.COPY_OTHERS)) {
      throw new StopException(refusal(adoption, position, skips, others, commands));
    }
    if (skips) {
      leaveToCopy(session, adoption, position, others, commands);
    } else if (back) {
      for (TableId table : others) {
        session.update(
            AdoptionSql.CATCH_UP, position, adoption.subscription, table.schema(), table.table());
      }
      StoredOffsets.alter(session, adoption.subscription, Map.of()); // Read from the beginning.
    }
    session.update(
        back ? AdoptionSql.PLACE_BACK : AdoptionSql.PLACE, adoption.tick, adoption.subscription);
    SubscribedTable.Stage stage =
        back ? SubscribedTable.Stage.CATCHING_UP : SubscribedTable.Stage.OK;
    for (TableId table : adoption.tables) {
      session.update(
          AdoptionSql.HOLD,
          adoption.subscription,
          table.schema(),
          table.table(),
          back ? position : adoption.tick,
          stage.label());
    }
    return new Outcome(skips ? others : List.of(), back ? Optional.of(position) : Optional.empty());
  }

  /**
   * What undoes a move back, before anything was applied: after that, rows of tables that were not
   * named are older than they were.
   *
   * @param before where the subscription stood
   */
  public String wayBack(long before) {
    return ("UPDATE pgq_connect.subscription SET tick_id = %d, tick_time = NULL WHERE name ="
            + " %s; UPDATE pgq_connect.subscribed_table SET state = 'expecting-copy' WHERE"
            + " subscription = %2$s AND (table_schema, table_name) IN (%s);")
        .formatted(
            before,
            Identifiers.literal(subscription),
            tables.stream()
                .map(
                    table ->
                        "(%s, %s)"
                            .formatted(
                                Identifiers.literal(table.schema()),
                                Identifiers.literal(table.table())))
                .collect(Collectors.joining(", ")));
  }

  private static String refusal(
      Adoption adoption, Long position, boolean skips, List<TableId> others, Commands commands) {
    StringBuilder message =
        new StringBuilder(
            position == null
                ? "Subscription \"%s\" has no position, but holds tables. "
                    .formatted(adoption.subscription)
                : "Subscription \"%s\" is at tick %d already. "
                    .formatted(adoption.subscription, position));
    message.append("Nothing was changed. ");
    if (!skips) {
      return message
          .append(
              "If the named tables hold the rows of tick %d all the same: %s"
                  .formatted(adoption.tick, commands.naming(List.of()).orElseThrow()))
          .toString();
    }
    message.append(
        "%s would be skipped for every table, also for those that it holds and that are not named: %s. "
            .formatted(
                position == null
                    ? "Changes up to tick " + adoption.tick
                    : "Changes after tick %d up to tick %d".formatted(position, adoption.tick),
                names(others)));
    commands
        .naming(others)
        .ifPresent(
            command ->
                message.append(
                    "If these hold the rows of tick %d, too: %s; otherwise have them copied: "
                        .formatted(adoption.tick, command)));
    if (commands.naming(others).isEmpty()) {
      message.append("Have these copied: ");
    }
    return message
        .append(
            "%s; then start the sink and run: %s"
                .formatted(commands.copyingOthers(), commands.resync(others)))
        .toString();
  }

  private static String names(List<TableId> tables) {
    return tables.stream().map(TableId::toString).collect(Collectors.joining(", "));
  }

  /** The tables that are not named, and of which the subscription holds rows. */
  private static List<TableId> others(Session session, Adoption adoption) throws SQLException {
    List<TableId> others =
        session.list(
            AdoptionSql.HELD,
            row -> new TableId(row.getString(1), row.getString(2)),
            adoption.subscription);
    others.removeAll(adoption.tables);
    return others;
  }

  private static void leaveToCopy(
      Session session, Adoption adoption, Long position, List<TableId> others, Commands commands)
      throws SQLException {
    for (TableId table : others) {
      session.update(
          AdoptionSql.LEAVE_TO_COPY,
          ("The subscription was moved %s tick %d by \"subscriber adopt\", without this table,"
                  + " which misses the changes between. Its changes are skipped until it is copied"
                  + " again: %s")
              .formatted(
                  position == null ? "to" : "from tick %d to".formatted(position),
                  adoption.tick,
                  commands.resync(List.of(table))),
          adoption.subscription,
          table.schema(),
          table.table());
    }
  }

  /**
   * @return where the subscription stands, or null
   */
  private static Long check(Session session, Adoption adoption) throws SQLException {
    return session.one(
        AdoptionSql.LOCK_IDLE,
        row -> {
          if (!row.getString(1).equals(adoption.topicPrefix)) {
            throw new StopException(
                "Subscription \"%s\" follows topic prefix %s, not %s. Give the sink another subscription.name"
                    .formatted(adoption.subscription, row.getString(1), adoption.topicPrefix));
          }
          if (row.getBoolean(3)) {
            throw new StopException(
                ("The sink of subscription \"%s\" is running, and would continue from"
                        + " its position. Stop it first: PUT /connectors/<name>/stop")
                    .formatted(adoption.subscription));
          }
          return row.getObject(2, Long.class);
        },
        adoption.subscription);
  }
}
