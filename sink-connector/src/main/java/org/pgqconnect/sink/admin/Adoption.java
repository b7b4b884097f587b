/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.admin;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.offsets.StoredOffsets;
import org.pgqconnect.sink.tables.PositionSql;
import org.pgqconnect.sink.tables.TableState;

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
   * @throws IllegalStateException when the subscription has a position that may not be moved or its
   *     sink runs
   */
  public static Outcome adopt(
      Connection connection, Adoption adoption, Moving moving, Commands commands)
      throws SQLException {
    connection.setAutoCommit(false);
    try {
      register(connection, adoption);
      Long position = check(connection, adoption);
      List<TableId> others = others(connection, adoption);
      boolean back = position != null && position > adoption.tick;
      boolean skips = !others.isEmpty() && (position == null || position < adoption.tick);
      if ((position != null && moving == Moving.NO) || (skips && moving != Moving.COPY_OTHERS)) {
        throw new IllegalStateException(refusal(adoption, position, skips, others, commands));
      }
      if (skips) {
        leaveToCopy(connection, adoption, position, others, commands);
      } else if (back) {
        catchUp(connection, adoption, position, others);
        StoredOffsets.alter(
            connection, adoption.subscription, Map.of()); // Read from the beginning.
      }
      place(connection, adoption, back);
      TableState.Stage stage = back ? TableState.Stage.CATCHING_UP : TableState.Stage.OK;
      for (TableId table : adoption.tables) {
        hold(connection, adoption, table, stage, back ? position : adoption.tick);
      }
      connection.commit();
      return new Outcome(
          skips ? others : List.of(), back ? Optional.of(position) : Optional.empty());
    } catch (SQLException | RuntimeException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  /**
   * What undoes a move back, before anything was applied: after that, rows of tables that were not
   * named are older than they were.
   *
   * @param before where the subscription stood
   */
  public String wayBack(long before) {
    return "UPDATE pgq_connect.subscription SET tick_id = %d, tick_time = NULL WHERE name = %s; UPDATE pgq_connect.subscribed_table SET state = 'expecting-copy' WHERE subscription = %2$s AND (table_schema, table_name) IN (%s);"
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
                : "Subscription \"%s\" stands at tick %d already. "
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
  private static List<TableId> others(Connection connection, Adoption adoption)
      throws SQLException {
    List<TableId> others = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.HELD)) {
      statement.setString(1, adoption.subscription);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          others.add(new TableId(row.getString(1), row.getString(2)));
        }
      }
    }
    others.removeAll(adoption.tables);
    return others;
  }

  private static void leaveToCopy(
      Connection connection,
      Adoption adoption,
      Long position,
      List<TableId> others,
      Commands commands)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.LEAVE_TO_COPY)) {
      for (TableId table : others) {
        statement.setString(
            1,
            ("The subscription was moved %s tick %d by \"subscriber adopt\", without this table, which misses the changes between. Its"
                    + " changes are skipped until it is copied again: %s")
                .formatted(
                    position == null ? "to" : "from tick %d to".formatted(position),
                    adoption.tick,
                    commands.resync(List.of(table))));
        bindTable(statement, 2, adoption, table);
        statement.executeUpdate();
      }
    }
  }

  private static void catchUp(
      Connection connection, Adoption adoption, long position, List<TableId> others)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.CATCH_UP)) {
      for (TableId table : others) {
        statement.setLong(1, position);
        bindTable(statement, 2, adoption, table);
        statement.executeUpdate();
      }
    }
  }

  private static void bindTable(
      PreparedStatement statement, int first, Adoption adoption, TableId table)
      throws SQLException {
    statement.setString(first, adoption.subscription);
    statement.setString(first + 1, table.schema());
    statement.setString(first + 2, table.table());
  }

  private static void register(Connection connection, Adoption adoption) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.REGISTER)) {
      statement.setString(1, adoption.subscription);
      statement.setString(2, adoption.topicPrefix);
      statement.executeUpdate();
    }
  }

  /**
   * @return where the subscription stands, or null
   */
  private static Long check(Connection connection, Adoption adoption) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.LOCK_IDLE)) {
      statement.setString(1, adoption.subscription);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        if (!row.getString(1).equals(adoption.topicPrefix)) {
          throw new IllegalStateException(
              "Subscription \"%s\" follows topic prefix %s, not %s. Give the sink another subscription.name"
                  .formatted(adoption.subscription, row.getString(1), adoption.topicPrefix));
        }
        if (row.getBoolean(3)) {
          throw new IllegalStateException(
              "The sink of subscription \"%s\" is running, and would go on from where it is. Stop it first: PUT /connectors/<name>/stop"
                  .formatted(adoption.subscription));
        }
        long position = row.getLong(2);
        return row.wasNull() ? null : position;
      }
    }
  }

  private static void place(Connection connection, Adoption adoption, boolean back)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(back ? PositionSql.PLACE_BACK : PositionSql.PLACE)) {
      statement.setLong(1, adoption.tick);
      statement.setString(2, adoption.subscription);
      statement.executeUpdate();
    }
  }

  private static void hold(
      Connection connection, Adoption adoption, TableId table, TableState.Stage stage, long tick)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.HOLD)) {
      bindTable(statement, 1, adoption, table);
      statement.setLong(4, tick);
      statement.setString(5, stage.label());
      statement.executeUpdate();
    }
  }
}
