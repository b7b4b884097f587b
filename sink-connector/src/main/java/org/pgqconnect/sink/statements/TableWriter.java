/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.assemble.RowLayout;
import org.pgqconnect.sink.plan.KeyReader;
import org.pgqconnect.sink.plan.KeyReader.Equality;
import org.pgqconnect.sink.plan.KeyReader.KeyColumn;
import org.pgqconnect.sink.plan.OlderRows;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.KeyEquality;
import org.pgqconnect.sink.target.TableAccess;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * Runs the statements of one table. Statements stay prepared: the driver's cache, which {@link
 * Session} relies on, would have to find each by its long text again for every batch, and drops
 * those of many tables.
 */
public final class TableWriter {
  private static final int CHUNK_ROWS = 5_000;
  private static final int CHUNK_CHARS = 8 << 20;

  private final Session session;
  private final TargetTable target;
  private final TableDefinition definition;
  private final List<String> key;
  private boolean copiedAgain;
  private OlderRows older = OlderRows.NONE;
  private final Map<RowLayout, Prepared> upserts = new HashMap<>();
  private final Map<RowLayout, Prepared> deletes = new HashMap<>();
  private final Map<RowLayout, Prepared> updates = new HashMap<>();
  private final Map<RowLayout, Prepared> expectedDeletes = new HashMap<>();
  private final MissingRows missing;
  private final boolean tellsNewRows;

  /**
   * @param missing counts rows that are not there and must be
   * @param tellsNewRows a row shows by its system columns whether a statement inserted it
   */
  public TableWriter(
      Session session,
      TargetTable target,
      TableDefinition definition,
      MissingRows missing,
      boolean tellsNewRows) {
    this.missing = missing;
    this.tellsNewRows = tellsNewRows;
    this.session = session;
    this.target = target;
    this.definition = definition;
    this.key = TableCheck.key(target, definition);
    KeyEquality.problem(target, definition, key)
        .ifPresent(
            problem -> {
              throw new ApplyException(problem);
            });
  }

  public TargetTable target() {
    return target;
  }

  public TableDefinition definition() {
    return definition;
  }

  /** Rows that are not written now will be deleted. */
  public void copiedAgain(boolean is) {
    copiedAgain = is;
  }

  /** Rows of the batch may be older than the definition. */
  public void older(OlderRows rows) {
    older = rows;
  }

  /**
   * Rows that must be there and were not.
   *
   * @param updates how many rows to update were not there
   * @param deletes how many rows to delete
   * @param key of one of them, null when there are none
   */
  public void missed(long updates, long deletes, String key) {
    missing.addUpdates(target.id(), updates, key);
    missing.addDeletes(target.id(), deletes, key);
  }

  /** Only a trigger or a rule of the subscriber's can make the server skip a row. */
  public void requireEach(long missing) throws SQLException {
    if (copiedAgain && missing != 0) {
      throw new ApplyException(TableCheck.keptFromWriting(target.id(), missing, access()));
    }
    if (missing > 0) {
      throw new ApplyException(TableCheck.skippedRows(target.id(), missing, access()));
    }
  }

  /**
   * @param row how many rows that were to be deleted are still there, and the key of one
   * @throws ApplyException when there are any
   */
  public void requireNone(ResultSet row) throws SQLException {
    if (row.getLong(1) > 0) {
      throw kept(row.getLong(1), row.getString(2));
    }
  }

  private ApplyException kept(long rows, String key) throws SQLException {
    return new ApplyException(TableCheck.keptRows(target.id(), rows, key, access()));
  }

  /** Whether something of the subscriber's can make the server leave out a row. */
  public boolean mayLeaveOutRows() throws SQLException {
    return access().map(TableAccess::mayLeaveOutRows).orElse(true);
  }

  private Optional<TableAccess> access() throws SQLException {
    return TableAccess.of(session, target.id(), null);
  }

  /** The columns that identify a row. */
  public List<String> key() {
    return key;
  }

  /** Reads the keys that identify rows. */
  public KeyReader keyReader() {
    return new KeyReader(
        key.stream()
            .map(name -> new KeyColumn(name, Equality.of(target.columns().get(name))))
            .toList(),
        older);
  }

  /** The key of a row for a message: {@code id=5}. */
  String describeKey(Image image) {
    List<String> parts = new ArrayList<>();
    for (String name : key) {
      parts.add(name + "=" + image.get(name));
    }
    return String.join(", ", parts);
  }

  /** Deletes the rows with the images' keys, where they exist. */
  void delete(List<Image> images) throws SQLException {
    run(images, deletes, this::prepareDelete);
  }

  /** Inserts the images, or updates the rows that have their keys. */
  public void upsert(List<Image> images) throws SQLException {
    requireEach(images.size() - run(images, upserts, this::prepareUpsert));
  }

  /** Deletes rows that must be there. */
  void deleteExpected(List<Image> images) throws SQLException {
    run(images, expectedDeletes, this::prepareExpectedDelete);
  }

  /** Updates rows that must be there; those that are not are inserted. */
  void update(List<Image> images) throws SQLException {
    requireEach(images.size() - run(images, updates, this::prepareUpdate));
  }

  private Prepared prepareExpectedDelete(RowLayout layout) throws SQLException {
    Binding binding = keyBinding(layout);
    return prepared(
        binding,
        ApplySql.deleteExpected(target, binding.columns()),
        (rows, key) -> missing.addDeletes(target.id(), rows, key),
        stillThere(binding),
        true);
  }

  private Prepared prepareUpdate(RowLayout layout) throws SQLException {
    Binding binding = binding(layout);
    return prepared(
        binding,
        ApplySql.update(target, binding.columns(), key, tellsNewRows),
        (rows, rowKey) -> missing.addUpdates(target.id(), rows, rowKey),
        leavesRows(binding) ? stillThere(binding) : null,
        false);
  }

  private Prepared prepareDelete(RowLayout layout) throws SQLException {
    Binding binding = keyBinding(layout);
    return prepared(
        binding, ApplySql.delete(target, binding.columns()), null, stillThere(binding), true);
  }

  private PreparedStatement stillThere(Binding binding) throws SQLException {
    return session.connection().prepareStatement(ApplySql.stillThere(target, binding.columns()));
  }

  private Prepared prepareUpsert(RowLayout layout) throws SQLException {
    Binding binding = binding(layout);
    return prepared(
        binding,
        ApplySql.upsert(target.id(), binding.columns(), key),
        null,
        leavesRows(binding) ? stillThere(binding) : null,
        false);
  }

  /** Nothing can be updated, as in a row of an identity that is always generated. */
  private boolean leavesRows(Binding binding) {
    return ApplySql.updated(binding.columns(), key).isEmpty();
  }

  /** The columns of the key. */
  public Binding keyBinding(RowLayout layout) {
    return Binding.ofKey(target, layout, key, definition, older);
  }

  /** Whether the subscriber computes a column of the table. */
  public boolean computes() {
    return target.columns().values().stream().anyMatch(TargetColumn::generated);
  }

  /** The columns of a layout that the subscriber computes, and whose values came with the rows. */
  Binding computedBinding(RowLayout layout) {
    return Binding.ofComputed(target, layout, definition, older);
  }

  /** All columns of a layout that can be written, and those of the key. */
  Binding binding(RowLayout layout) {
    Binding binding = Binding.of(target, layout, key, definition, older);
    TableCheck.unwritableIdentity(target.id(), binding.columns(), key)
        .ifPresent(
            problem -> {
              throw new ApplyException(problem);
            });
    return binding;
  }

  /**
   * @param missing gets how many rows were not there; null when the statement does not return it
   * @param stillThere asks for rows that are there, which the statement does not count; or null
   * @param deletes then none may be there; else all must
   */
  private Prepared prepared(
      Binding binding, String sql, Missing missing, PreparedStatement stillThere, boolean deletes)
      throws SQLException {
    ArrayLiteral[] arrays = new ArrayLiteral[binding.size()];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = new ArrayLiteral();
    }
    return new Prepared(
        binding, session.connection().prepareStatement(sql), arrays, missing, stillThere, deletes);
  }

  private long run(List<Image> images, Map<RowLayout, Prepared> cache, Preparer preparer)
      throws SQLException {
    RowLayout layout = null;
    Prepared prepared = null;
    int rows = 0;
    long written = 0;
    for (Image image : images) {
      if (image.layout() != layout) {
        written += flush(prepared, rows);
        rows = 0;
        layout = image.layout();
        prepared = cache.get(layout);
        if (prepared == null) {
          prepared = preparer.prepare(layout);
          cache.put(layout, prepared);
        }
      }
      int chars = prepared.add(image);
      if (++rows >= CHUNK_ROWS || chars > CHUNK_CHARS) {
        written += flush(prepared, rows);
        rows = 0;
      }
    }
    return written + flush(prepared, rows);
  }

  private long flush(Prepared prepared, int rows) throws SQLException {
    return rows > 0 ? prepared.execute(this, rows) : 0;
  }

  /** Inserts rows that are not there. All of one statement, so it must be undone when it fails. */
  void copy(List<Image> images) throws SQLException {
    for (int from = 0; from < images.size(); ) {
      RowLayout layout = images.get(from).layout();
      int to = from + 1;
      while (to < images.size() && images.get(to).layout() == layout) {
        to++;
      }
      Binding binding = binding(layout).written();
      long written =
          new CopyRows(session.connection(), ApplySql.copy(target.id(), binding.columns()))
              .write(images.subList(from, to), List.of(binding));
      requireEach(to - from - written);
      from = to;
    }
  }

  /** Frees the prepared statements. */
  public void close() {
    for (Map<RowLayout, Prepared> cache : List.of(upserts, deletes, updates, expectedDeletes)) {
      for (Prepared prepared : cache.values()) {
        try {
          prepared.close();
        } catch (SQLException e) {
          // The session is gone, and its statements with it.
          continue;
        }
      }
      cache.clear();
    }
  }

  private interface Preparer {
    Prepared prepare(RowLayout layout) throws SQLException;
  }

  private interface Missing {
    void add(long rows, String key);
  }

  /** A statement and the arrays that the next execution will pass to it. */
  private record Prepared(
      Binding binding,
      PreparedStatement statement,
      ArrayLiteral[] arrays,
      Missing missing,
      PreparedStatement stillThere,
      boolean deletes) {
    int add(Image image) {
      int chars = 0;
      for (int i = 0; i < arrays.length; i++) {
        arrays[i].add(binding.value(image, i), binding.isBinary(i));
        chars += arrays[i].length();
      }
      return chars;
    }

    long execute(TableWriter writer, int rows) throws SQLException {
      List<String> values = new ArrayList<>();
      for (ArrayLiteral array : arrays) {
        values.add(array.finish());
      }
      bind(statement, values);
      long written;
      if (missing == null) {
        written = statement.executeUpdate();
      } else {
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          missing.add(row.getLong(2), row.getString(3));
          written = row.getLong(1);
        }
      }
      return stillThere != null && written < rows ? countThere(writer, values, written) : written;
    }

    private long countThere(TableWriter writer, List<String> values, long written)
        throws SQLException {
      bind(stillThere, values);
      try (ResultSet row = stillThere.executeQuery()) {
        row.next();
        long there = row.getLong(1);
        if (deletes) {
          writer.requireNone(row);
        }
        return deletes ? written : there;
      }
    }

    private static void bind(PreparedStatement statement, List<String> values) throws SQLException {
      for (int i = 0; i < values.size(); i++) {
        // Without a type, so that the server reads the text as what the cast says.
        statement.setObject(i + 1, values.get(i), Types.OTHER);
      }
    }

    public void close() throws SQLException {
      statement.close();
      if (stillThere != null) {
        stillThere.close();
      }
    }
  }
}
