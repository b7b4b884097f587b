/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.target.TargetTable.Cascade;
import org.pgqconnect.sink.target.TargetTable.Rule;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.postgresql.PGConnection;

/** Reads how the subscriber defines its tables. */
public final class Catalog {
  private final Connection connection;

  public Catalog(Connection connection) {
    this.connection = connection;
  }

  /** The table, or nothing when the subscriber has no such table. */
  public Optional<TargetTable> table(TableId id) throws SQLException {
    Map<String, TargetColumn> columns = columns(id);
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    List<String> primaryKey = new ArrayList<>();
    List<Rule> rules = rules(id, primaryKey);
    return Optional.of(
        new TargetTable(id, isPartitioned(id), columns, primaryKey, rules, cascades(id)));
  }

  /** The database's encoding, which the server told when the session began. */
  public DatabaseEncoding encoding() throws SQLException {
    return new DatabaseEncoding(
        connection.unwrap(PGConnection.class).getParameterStatus("server_encoding"));
  }

  /** The table, with what is known of columns that are not there. */
  public Optional<TargetTable> table(TableId id, TableDefinition definition, String subscription)
      throws SQLException {
    Optional<TargetTable> table = table(id);
    if (table.isEmpty()
        || definition == null
        || definition.columns().stream()
            .allMatch(column -> table.get().columns().containsKey(column.name()))) {
      return table;
    }
    Map<String, String> called = new HashMap<>();
    String prefix = "";
    try (PreparedStatement query = prepare(CatalogSql.FILLED, id)) {
      query.setString(3, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          prefix = row.getString(1);
          if (row.getString(2) != null) {
            called.put(row.getString(2), row.getString(3));
          }
        }
      }
    }
    boolean holdsRows = new HeldRows(connection).maybeAny(table.get().onlyItself());
    String resync = Remedy.ofPrefix(prefix).resync(id);
    return Optional.of(table.get().lacking(new LackedColumns(called, holdsRows, resync)));
  }

  /** Did a subscription fill the column that has the name? */
  public boolean isFilled(TableId id, String column, String subscription) throws SQLException {
    try (PreparedStatement query = prepare(CatalogSql.IS_FILLED, id)) {
      query.setString(3, subscription);
      query.setString(4, column);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /** The names of the columns of each table that there is, in order. */
  public Map<TableId, List<String>> columnNames(Collection<TableId> tables) throws SQLException {
    Map<TableId, List<String>> names = new HashMap<>();
    try (PreparedStatement query = connection.prepareStatement(CatalogSql.COLUMN_NAMES)) {
      query.setArray(1, texts(tables.stream().map(TableId::schema)));
      query.setArray(2, texts(tables.stream().map(TableId::table)));
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          names.put(new TableId(row.getString(1), row.getString(2)), names(row, 3));
        }
      }
    }
    return names;
  }

  /**
   * The columns that those of a key which the subscriber computes are made of: a row with another
   * value in one of them is another row.
   */
  public Set<String> basesOf(TargetTable target, Collection<String> key) throws SQLException {
    Set<String> bases = new HashSet<>();
    if (key.stream().anyMatch(name -> target.columns().get(name).generated())) {
      try (PreparedStatement query = prepare(CatalogSql.BASES, target.id())) {
        query.setArray(3, texts(key.stream()));
        try (ResultSet row = query.executeQuery()) {
          while (row.next()) {
            bases.add(row.getString(1));
          }
        }
      }
    }
    return bases;
  }

  /** Does a row that a statement returns tell by its system columns whether it was inserted? */
  public boolean tellsNewRows(TableId id) throws SQLException {
    try (PreparedStatement query = prepare(CatalogSql.TELLS_NEW_ROWS, id);
        ResultSet row = query.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  /**
   * A constraint as it was declared; of a partition that of the whole table.
   *
   * @param name of a check or foreign key, or null
   * @param column whose NOT NULL is meant, or null
   */
  public Optional<Constraint> constraint(TableId table, String name, String column)
      throws SQLException {
    try (PreparedStatement query = prepare(CatalogSql.CONSTRAINT, table)) {
      query.setString(3, name);
      query.setString(4, column);
      return constraint(query);
    }
  }

  /** The same of a domain. */
  public Optional<Constraint> domainConstraint(TableId domain, String name) throws SQLException {
    try (PreparedStatement query = prepare(CatalogSql.DOMAIN_CONSTRAINT, domain)) {
      query.setString(3, name);
      return constraint(query);
    }
  }

  private static Optional<Constraint> constraint(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      return row.next()
          ? Optional.of(
              new Constraint(
                  new TableId(row.getString(1), row.getString(2)),
                  row.getString(3),
                  row.getString(4)))
          : Optional.empty();
    }
  }

  private List<Rule> rules(TableId id, List<String> primaryKey) throws SQLException {
    List<Rule> rules = new ArrayList<>();
    try (PreparedStatement query = prepare(CatalogSql.RULES, id);
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        List<String> keys = names(row, 3);
        if (row.getBoolean(2)) {
          primaryKey.addAll(keys);
        }
        Set<String> columns = new TreeSet<>(keys);
        columns.addAll(names(row, 4));
        Set<String> nullable = new TreeSet<>(columns);
        nullable.retainAll(names(row, 5));
        rules.add(
            new Rule(
                row.getString(1),
                columns,
                nullable,
                Set.of((String[]) row.getArray(10).getArray()),
                row.getBoolean(6),
                row.getBoolean(7),
                row.getBoolean(8),
                row.getBoolean(9)));
      }
    }
    return rules;
  }

  private static Set<TableId> tables(List<String> schemas, List<String> names) {
    Set<TableId> tables = new HashSet<>();
    for (int i = 0; i < schemas.size(); i++) {
      tables.add(new TableId(schemas.get(i), names.get(i)));
    }
    return tables;
  }

  private static List<String> names(ResultSet row, int column) throws SQLException {
    return List.of((String[]) row.getArray(column).getArray());
  }

  private Map<String, TargetColumn> columns(TableId id) throws SQLException {
    Map<String, ValueType> types = valueTypes(id);
    Map<String, TargetColumn> columns = new LinkedHashMap<>();
    try (PreparedStatement query = prepare(CatalogSql.COLUMNS, id);
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        columns.put(
            row.getString(1),
            new TargetColumn(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getBoolean(6),
                row.getBoolean(7),
                row.getBoolean(8),
                row.getBoolean(9),
                Optional.ofNullable(row.getString(10)).orElse("="),
                row.getString(11),
                row.getBoolean(12),
                row.getString(13),
                types.get(row.getString(1))));
      }
    }
    return columns;
  }

  private Map<String, ValueType> valueTypes(TableId id) throws SQLException {
    TypeParts parts = new TypeParts();
    try (PreparedStatement query = prepare(CatalogSql.TYPES, id);
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        parts.add(
            new TypeParts.Type(row.getLong(1), row.getInt(2)),
            new TypeParts.Part(
                row.getString(3),
                new TypeParts.Type(row.getLong(4), row.getInt(5)),
                row.getString(6),
                row.getString(7),
                row.getString(8)));
      }
    }
    return parts.ofColumns();
  }

  private List<Cascade> cascades(TableId id) throws SQLException {
    List<Cascade> cascades = new ArrayList<>();
    try (PreparedStatement query = prepare(CatalogSql.CASCADES, id);
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        TableId child = new TableId(row.getString(1), row.getString(2));
        cascades.add(
            new Cascade(
                child,
                row.getString(3),
                row.getString(4),
                Set.copyOf(names(row, 5)),
                row.getBoolean(6),
                row.getBoolean(7),
                row.getBoolean(8),
                row.getBoolean(9),
                tables(names(row, 10), names(row, 11))));
      }
    }
    return cascades;
  }

  /** Which tables each table's foreign keys refer to, itself left out. */
  public Map<TableId, Set<TableId>> foreignKeys() throws SQLException {
    Map<TableId, Set<TableId>> parents = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(CatalogSql.FOREIGN_KEYS)) {
      while (row.next()) {
        parents
            .computeIfAbsent(
                new TableId(row.getString(1), row.getString(2)), child -> new HashSet<>())
            .add(new TableId(row.getString(3), row.getString(4)));
      }
    }
    return parents;
  }

  /** Those of the tables that are partitions, and what each is a partition of. */
  public Map<TableId, TableId> wholes(Collection<TableId> partitions) throws SQLException {
    Map<TableId, TableId> wholes = new HashMap<>();
    try (PreparedStatement query = connection.prepareStatement(CatalogSql.WHOLES)) {
      query.setArray(1, texts(partitions.stream().map(TableId::schema)));
      query.setArray(2, texts(partitions.stream().map(TableId::table)));
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          wholes.put(
              new TableId(row.getString(1), row.getString(2)),
              new TableId(row.getString(3), row.getString(4)));
        }
      }
    }
    return wholes;
  }

  private Array texts(Stream<String> values) throws SQLException {
    return connection.createArrayOf("text", values.toArray());
  }

  /** Then the rows are in its partitions, and {@code ONLY} would mean none of them. */
  boolean isPartitioned(TableId id) throws SQLException {
    try (PreparedStatement query = prepare(CatalogSql.PARTITIONED, id);
        ResultSet row = query.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  public boolean schemaExists(String schema) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(CatalogSql.SCHEMA_EXISTS)) {
      query.setString(1, schema);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  private PreparedStatement prepare(String sql, TableId id) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setString(1, id.schema());
    statement.setString(2, id.table());
    return statement;
  }
}
