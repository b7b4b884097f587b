/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.assemble.RowLayout;
import org.pgqconnect.sink.plan.NetEffect;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.ObjectNames;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/** Rows that wait in a temporary table until all parts of their batch are here. */
public final class StagedRows implements NetRows {
  private final Session session;
  private final String stage;
  private final Map<RowLayout, Integer> numbers = new HashMap<>();
  private final List<Binding> bindings = new ArrayList<>();
  private final List<String> computed;

  /** What was sent in columns that are computed, of each layout as its first rows were added. */
  private final Map<RowLayout, Binding> sent = new HashMap<>();

  private TableWriter writer;
  private boolean empties;

  /** Says which row was refused; null until one is. */
  private Failure failure;

  public StagedRows(Session session, TableWriter writer, int number) throws SQLException {
    this.session = session;
    this.writer = writer;
    this.stage = "pg_temp.pgq_connect_stage_" + number;
    List<TargetColumn> columns =
        target().columns().values().stream()
            .filter(c -> !c.generated() || writer.key().contains(c.name()))
            .toList();
    this.computed =
        target().columns().values().stream()
            .filter(TargetColumn::generated)
            .map(TargetColumn::name)
            .toList();
    session.execute(
        SettleSql.createStage(
            stage,
            target(),
            columns,
            IntStream.range(0, computed.size()).mapToObj(ApplySql::sent).toList()));
  }

  /**
   * Has the rows written by what is known of the table now. Those that were added before the
   * provider's table got a column hold in it what the provider gave them.
   */
  public void writtenBy(TableWriter now) throws SQLException {
    if (now == writer) {
      return;
    }
    writer = now;
    for (Map.Entry<RowLayout, Integer> layout : numbers.entrySet()) {
      Binding binding = now.binding(layout.getKey());
      Binding before = bindings.set(layout.getValue() - 1, binding);
      for (Map.Entry<TargetColumn, String> added : binding.constants().entrySet()) {
        if (!before.columns().contains(added.getKey())) {
          session.update(
              SettleSql.fillStage(stage, added.getKey()), added.getValue(), layout.getValue());
        }
      }
    }
  }

  /**
   * Adds the effect of a part that follows those added before. What the server refuses of it is
   * found by halving: the stage has the types of the table.
   *
   * @param context where the rows come from, for messages
   */
  public void add(NetEffect effect, int part, MessageContext context) throws SQLException {
    failure = null;
    if (session.attempt(this::isRefused, () -> add(effect, part)).isPresent()) {
      failure = new Failure(writer, context, new Catalog(session));
      add(effect, part);
    }
  }

  private boolean isRefused(SQLException e) {
    return SqlState.verdict(e) == Verdict.DATA || ObjectNames.isMissing(e, target());
  }

  private void add(NetEffect effect, int part) throws SQLException {
    if (effect.truncates()) {
      empties = true;
      session.execute(SettleSql.emptyStage(stage));
    }
    delete(effect.deletes(true), 1, part);
    delete(effect.deletes(false), 0, part);
    write(effect.upserts(true), 1, part);
    List<Image> others = new ArrayList<>(effect.upserts(false));
    others.addAll(effect.inserts());
    write(others, 0, part);
  }

  private void delete(List<Image> images, int mustBeThere, int part) throws SQLException {
    for (List<Image> run : runs(images)) {
      Binding binding = writer.keyBinding(run.get(0).layout());
      copy(run, List.of(binding), 0, mustBeThere, part);
    }
  }

  private void write(List<Image> images, int mustBeThere, int part) throws SQLException {
    for (List<Image> run : runs(images)) {
      int number = number(run.get(0).layout());
      Binding binding = bindings.get(number - 1);
      Binding computedValues =
          sent.computeIfAbsent(run.get(0).layout(), l -> writer.computedBinding(l).only(computed));
      copy(run, List.of(binding, computedValues), number, mustBeThere, part);
    }
  }

  /** Rows of one layout that follow each other. */
  private static List<List<Image>> runs(List<Image> images) {
    List<List<Image>> runs = new ArrayList<>();
    for (int from = 0; from < images.size(); ) {
      int to = from + 1;
      while (to < images.size() && images.get(to).layout() == images.get(from).layout()) {
        to++;
      }
      runs.add(images.subList(from, to));
      from = to;
    }
    return runs;
  }

  private int number(RowLayout layout) {
    return numbers.computeIfAbsent(
        layout,
        l -> {
          bindings.add(writer.binding(l));
          return bindings.size();
        });
  }

  private List<String> stageNames(List<TargetColumn> columns) {
    return columns.stream().map(c -> ApplySql.sent(computed.indexOf(c.name()))).toList();
  }

  /** The layouts in which rows are written. */
  Set<RowLayout> rowLayouts() {
    return Set.copyOf(numbers.keySet());
  }

  /** The columns of a layout that the subscriber computes, and whose values came with all rows. */
  List<TargetColumn> computed(RowLayout layout) {
    List<TargetColumn> before = sent.get(layout).columns();
    return writer.computedBinding(layout).columns().stream()
        .filter(column -> before.stream().anyMatch(c -> c.name().equals(column.name())))
        .toList();
  }

  /** A query of the final rows of a layout: their keys and what was sent in these columns. */
  String sentRows(RowLayout layout, List<TargetColumn> columns) {
    return SettleSql.sentOfStage(stage, target(), key(), numbers.get(layout), stageNames(columns));
  }

  /**
   * @param bindings what is written, and what was sent in columns that are computed
   */
  private void copy(List<Image> run, List<Binding> bindings, int kind, int mustBeThere, int part)
      throws SQLException {
    List<String> names = bindings.size() > 1 ? stageNames(bindings.get(1).columns()) : List.of();
    CopyRows rows =
        new CopyRows(
            session.connection(), SettleSql.copyIntoStage(stage, bindings.get(0).columns(), names));
    if (failure == null) {
      rows.write(run, bindings, (long) kind, (long) mustBeThere, (long) part);
      return;
    }
    Optional<SQLException> refused =
        session.attempt(
            this::isRefused,
            () -> rows.write(run, bindings, (long) kind, (long) mustBeThere, (long) part));
    if (refused.isPresent()) {
      if (run.size() == 1) {
        throw failure.of(run.get(0), refused.get());
      }
      int middle = run.size() / 2;
      copy(run.subList(0, middle), bindings, kind, mustBeThere, part);
      copy(run.subList(middle, run.size()), bindings, kind, mustBeThere, part);
    }
  }

  @Override
  public TargetTable target() {
    return writer.target();
  }

  @Override
  public List<String> key() {
    return writer.key();
  }

  @Override
  public TableWriter writer() {
    return writer;
  }

  @Override
  public boolean empties() {
    return empties;
  }

  @Override
  public List<List<TargetColumn>> layouts() {
    return bindings.stream().map(Binding::columns).toList();
  }

  @Override
  public String sql() {
    return SettleSql.rowsOfStage(stage);
  }

  @Override
  public Optional<String> stage() {
    return Optional.of(stage);
  }

  @Override
  public List<String> arrays() {
    return List.of();
  }
}
