/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.statements.NetRows;
import org.pgqconnect.sink.statements.SettleSql;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.Rule;
import org.pgqconnect.sink.write.ForeignKeyActions.RowCounts;

/**
 * Writes the net effect of several tables by one statement, so that rows may exchange values and
 * rows of different tables may refer to each other in any way that is right at the end.
 */
public final class Settlement {
  /** Each of them costs a statement. */
  private static final int MOST_IN_TURN = 1_000;

  private final Session session;
  private final boolean replica;
  private final LateRules lateRules;

  Settlement(Session session, boolean replica) {
    this.session = session;
    this.replica = replica;
    this.lateRules = new LateRules(session);
  }

  /**
   * @param tables each with its rows; those whose foreign keys are checked together
   * @param aside rows that go along with them
   * @param actions what these deletes and updates bring about
   */
  void write(List<NetRows> tables, List<RowsAside> aside, ForeignKeyActions actions)
      throws SQLException {
    if (tables.stream().anyMatch(NetRows::empties)) {
      session.execute(SettleSql.ALLOW_HASHING);
    }
    for (NetRows rows : tables) {
      if (keepsRows(rows.target())) {
        park(rows);
      }
    }
    List<String> parts = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < aside.size(); i++) {
      parts.addAll(aside.get(i).parts(i + 1));
      values.addAll(aside.get(i).values());
    }
    List<List<String>> written = new ArrayList<>();
    for (int i = 0; i < tables.size(); i++) {
      NetRows rows = tables.get(i);
      List<String> writes = writes(i + 1, rows, aside);
      parts.add(SettleSql.net(i + 1, rows.sql(), rows.target(), rows.key()));
      parts.addAll(writes);
      parts.add(lacking(i + 1, rows));
      written.add(writes);
      values.addAll(List.of(rows.values()));
    }
    actions.begin();
    actions.end(settle(SettleSql.statement(parts, written), values.toArray(), tables));
    if (replica) {
      for (NetRows rows : tables) {
        lateRules.check(rows);
      }
    }
  }

  private List<String> writes(int number, NetRows rows, List<RowsAside> aside) {
    return SettleSql.write(
        number,
        rows.target(),
        rows.key(),
        rows.layouts(),
        rows.empties(),
        !keepsRows(rows.target()),
        RowsAside.names(aside, rows.target()));
  }

  private static String lacking(int number, NetRows rows) {
    String changes =
        rows.stage()
            .map(stage -> SettleSql.firstOfStage(stage, rows.target(), rows.key()))
            .orElse("net" + number);
    return SettleSql.lacking(number, changes, rows.target(), rows.key());
  }

  /** Deleting a row of it for a moment would reach, or be refused for, rows that refer to it. */
  private boolean keepsRows(TargetTable target) {
    return !replica && target.keepsRows();
  }

  /**
   * Gives the rows that will change a value that blocks no row meanwhile. Which value the table's
   * other constraints take can only be tried.
   */
  private void park(NetRows rows) throws SQLException {
    Set<String> bases = new Catalog(session).basesOf(rows.target(), rows.key());
    for (Rule rule : rows.target().contested(rows.key())) {
      for (int i = 0; i < rows.layouts().size(); i++) {
        List<String> changing = SettleSql.changing(rule, rows.key(), rows.layouts().get(i));
        List<ParkingPlace> places = ParkingPlace.of(rule, free(changing, bases), rows.target());
        if (!changing.isEmpty() && !park(rows, i + 1, changing, places, SettleSql.ALL_ROWS)) {
          inTurn(rows, i + 1, changing, places);
        }
      }
    }
  }

  private static List<String> free(List<String> columns, Set<String> kept) {
    return columns.stream().filter(name -> !kept.contains(name)).toList();
  }

  private boolean park(
      NetRows rows, int layout, List<String> changing, List<ParkingPlace> places, String which)
      throws SQLException {
    for (ParkingPlace place : places) {
      if (attempt(
          SettleSql.park(
              rows.target(),
              rows.key(),
              net(rows),
              layout,
              changing,
              quote(place.column().name()) + " = " + place.value(),
              which),
          rows)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Where no value will do for all, each row gets its own new values as soon as no other stands in
   * their place; in a circle, one that is free.
   */
  private void inTurn(NetRows rows, int layout, List<String> changing, List<ParkingPlace> places)
      throws SQLException {
    List<String> waiting =
        session.list(
            SettleSql.changingRows(
                rows.target(), rows.key(), net(rows), layout, changing, MOST_IN_TURN + 1),
            row -> row.getString(1),
            rows.values());
    String finals = SettleSql.finalValues(rows.target(), rows.key(), changing);
    boolean progress = waiting.size() <= MOST_IN_TURN;
    while (progress && !waiting.isEmpty()) {
      List<String> still = new ArrayList<>();
      for (String row : waiting) {
        String sql =
            SettleSql.park(
                rows.target(),
                rows.key(),
                net(rows),
                layout,
                changing,
                finals,
                SettleSql.oneRow(row));
        if (!attempt(sql, rows)) {
          still.add(row);
        }
      }
      progress = still.size() < waiting.size();
      waiting = still;
      for (int i = 0; i < waiting.size() && !progress; i++) {
        progress = park(rows, layout, changing, places, SettleSql.oneRow(waiting.get(i)));
        if (progress) {
          waiting.remove(i);
        }
      }
    }
  }

  private static String net(NetRows rows) {
    return SettleSql.net(1, rows.sql(), rows.target(), rows.key());
  }

  /** Runs a statement; what the server says against its data undoes it. */
  private boolean attempt(String sql, NetRows rows) throws SQLException {
    return session
        .attempt(
            e -> SqlState.verdict(e) == Verdict.DATA, () -> session.execute(sql, rows.values()))
        .isEmpty();
  }

  /**
   * What the statement did to a table.
   *
   * @param unwritten rows that something kept from being written
   * @param missingUpdates rows to update that were not there
   * @param missingDeletes rows to delete that were not there
   * @param missingKey of one of those, null when there are none
   * @param undeleted rows that were not deleted, there or not
   * @param rows what it deleted, updated and inserted
   */
  private record Written(
      long unwritten,
      long missingUpdates,
      long missingDeletes,
      String missingKey,
      long undeleted,
      RowCounts rows) {}

  /**
   * @return what it did to the rows of each table
   */
  private Map<TableId, RowCounts> settle(String sql, Object[] values, List<NetRows> tables)
      throws SQLException {
    List<Written> written =
        session.list(
            sql,
            row ->
                new Written(
                    row.getLong(2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getString(5),
                    row.getLong(6),
                    new RowCounts(row.getLong(7), row.getLong(8), row.getLong(9))),
            values);
    for (int i = 0; i < tables.size(); i++) {
      Written of = written.get(i);
      tables.get(i).writer().missed(of.missingUpdates(), of.missingDeletes(), of.missingKey());
    }
    for (int i = 0; i < tables.size(); i++) {
      NetRows rows = tables.get(i);
      rows.writer().requireEach(written.get(i).unwritten());
      // Looking whether a table is empty reads all of it.
      if (written.get(i).undeleted() > 0 || rows.empties() && rows.writer().mayLeaveOutRows()) {
        requireGone(rows);
      }
    }
    Map<TableId, RowCounts> counts = new HashMap<>();
    for (int i = 0; i < tables.size(); i++) {
      counts.put(tables.get(i).target().id(), written.get(i).rows());
    }
    return counts;
  }

  /** Of the rows that were not deleted the others were not there. */
  private void requireGone(NetRows rows) throws SQLException {
    session.each(
        SettleSql.stillThere(net(rows), rows.target(), rows.key(), rows.empties()),
        rows.writer()::requireNone,
        rows.values());
  }

  /** What a role lacks that cannot create temporary tables. */
  static String mayNotStage(String database, String role) {
    return ("The batch is larger than memory and its rows stand in each other's way until all are"
            + " here, so they are kept in temporary tables of the subscriber, which role"
            + " \"%2$s\" cannot create. Run: GRANT TEMPORARY ON DATABASE %1$s TO %3$s; then"
            + " restart the connector: POST /connectors/<name>/restart?includeTasks=true")
        .formatted(quote(database), role, quote(role));
  }
}
