/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.ResultSet;
import java.sql.SQLException;
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
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.postgres.Values.Value;
import org.pgqconnect.sink.target.TargetTable.Cascade;
import org.pgqconnect.sink.target.TargetTable.Rule;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.postgresql.PGConnection;

/** Reads how the subscriber defines its tables. */
public final class Catalog {
  private final Session session;

  public Catalog(Session session) {
    this.session = session;
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

  /** The database's encoding, which the server reported when the session began. */
  public DatabaseEncoding encoding() throws SQLException {
    return new DatabaseEncoding(
        session.connection().unwrap(PGConnection.class).getParameterStatus("server_encoding"),
        session.connection().getCatalog());
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
    List<String> prefixes = new ArrayList<>(); // The same in each row.
    session.each(
        CatalogSql.FILLED,
        row -> {
          prefixes.add(row.getString(1));
          if (row.getString(2) != null) {
            called.put(row.getString(2), row.getString(3));
          }
        },
        id.schema(),
        id.table(),
        subscription);
    boolean holdsRows = new HeldRows(session).maybeAny(table.get().onlyItself());
    String resync = Remedy.ofPrefix(prefixes.isEmpty() ? "" : prefixes.get(0)).resync(id);
    return Optional.of(table.get().lacking(new LackedColumns(called, holdsRows, resync)));
  }

  /** Did a subscription fill the column that has the name? */
  public boolean isFilled(TableId id, String column, String subscription) throws SQLException {
    return session.test(CatalogSql.IS_FILLED, id.schema(), id.table(), subscription, column);
  }

  /**
   * The columns that those of a key which the subscriber computes are made of: a row with another
   * value in one of them is another row.
   */
  public Set<String> basesOf(TargetTable target, Collection<String> key) throws SQLException {
    Set<String> bases = new HashSet<>();
    if (key.stream().anyMatch(name -> target.columns().get(name).generated())) {
      session.each(
          CatalogSql.BASES,
          row -> bases.add(row.getString(1)),
          target.id().schema(),
          target.id().table(),
          Values.texts(key));
    }
    return bases;
  }

  /** Does a row that a statement returns show by its system columns whether it was inserted? */
  public boolean tellsNewRows(TableId id) throws SQLException {
    return session.test(CatalogSql.TELLS_NEW_ROWS, id.schema(), id.table());
  }

  /**
   * A constraint as it was declared; of a partition that of the whole table.
   *
   * @param name of a check or foreign key, or null
   * @param column whose NOT NULL is meant, or null
   */
  public Optional<Constraint> constraint(TableId table, String name, String column)
      throws SQLException {
    return session.first(
        CatalogSql.CONSTRAINT, Catalog::constraint, table.schema(), table.table(), name, column);
  }

  /** The same of a domain. */
  public Optional<Constraint> domainConstraint(TableId domain, String name) throws SQLException {
    return session.first(
        CatalogSql.DOMAIN_CONSTRAINT, Catalog::constraint, domain.schema(), domain.table(), name);
  }

  /**
   * The statement that drops a unique or exclusion constraint, or a unique index that is none; of a
   * partition that of the whole table.
   *
   * @param name of the index, as errors of the server name it
   */
  public Optional<String> droppedUnique(TableId table, String name) throws SQLException {
    return session.first(
        CatalogSql.UNIQUE,
        row ->
            row.getBoolean(4)
                ? new Constraint(
                        new TableId(row.getString(1), row.getString(2)), row.getString(3), null)
                    .dropped()
                : "DROP INDEX %s;"
                    .formatted(quote(new TableId(row.getString(1), row.getString(3)))),
        table.schema(),
        table.table(),
        name);
  }

  /** The statements that switch off the triggers that fire when the sink writes the table. */
  public String withoutTriggers(TableId table) throws SQLException {
    return TableAccess.of(session, table, null)
        .map(TableAccess::withoutTriggers)
        .orElseGet(() -> TableAccess.withoutUserTriggers(table));
  }

  /** The role that the session logged in as. */
  public String role() throws SQLException {
    return session.role();
  }

  private static Constraint constraint(ResultSet row) throws SQLException {
    return new Constraint(
        new TableId(row.getString(1), row.getString(2)), row.getString(3), row.getString(4));
  }

  private List<Rule> rules(TableId id, List<String> primaryKey) throws SQLException {
    return session.list(
        CatalogSql.RULES,
        row -> {
          List<String> keys = names(row, 3);
          if (row.getBoolean(2)) {
            primaryKey.addAll(keys);
          }
          Set<String> columns = new TreeSet<>(keys);
          columns.addAll(names(row, 4));
          Set<String> nullable = new TreeSet<>(columns);
          nullable.retainAll(names(row, 5));
          return new Rule(
              row.getString(1),
              columns,
              nullable,
              Set.of((String[]) row.getArray(10).getArray()),
              row.getBoolean(6),
              row.getBoolean(7),
              row.getBoolean(8),
              row.getBoolean(9));
        },
        id.schema(),
        id.table());
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
    session.each(
        CatalogSql.COLUMNS,
        row ->
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
                    row.getString(14),
                    types.get(row.getString(1)))),
        id.schema(),
        id.table());
    return columns;
  }

  private Map<String, ValueType> valueTypes(TableId id) throws SQLException {
    TypeParts parts = new TypeParts();
    session.each(
        CatalogSql.TYPES,
        row ->
            parts.add(
                new TypeParts.Type(row.getLong(1), row.getInt(2)),
                new TypeParts.Part(
                    row.getString(3),
                    new TypeParts.Type(row.getLong(4), row.getInt(5)),
                    row.getString(6),
                    row.getString(7),
                    row.getString(8))),
        id.schema(),
        id.table());
    return parts.ofColumns();
  }

  private List<Cascade> cascades(TableId id) throws SQLException {
    return session.list(
        CatalogSql.CASCADES,
        row ->
            new Cascade(
                new TableId(row.getString(1), row.getString(2)),
                row.getString(3),
                row.getString(4),
                Set.copyOf(names(row, 5)),
                Set.copyOf(names(row, 6)),
                row.getBoolean(7),
                row.getBoolean(8),
                row.getBoolean(9),
                row.getBoolean(10),
                tables(names(row, 11), names(row, 12))),
        id.schema(),
        id.table());
  }

  /** Which tables each table's foreign keys refer to, itself left out. */
  public Map<TableId, Set<TableId>> foreignKeys() throws SQLException {
    Map<TableId, Set<TableId>> parents = new HashMap<>();
    session.each(
        CatalogSql.FOREIGN_KEYS,
        row ->
            parents
                .computeIfAbsent(
                    new TableId(row.getString(1), row.getString(2)), child -> new HashSet<>())
                .add(new TableId(row.getString(3), row.getString(4))));
    return parents;
  }

  /** Those of the tables that are partitions, and what each is a partition of. */
  public Map<TableId, TableId> wholes(Collection<TableId> partitions) throws SQLException {
    Map<TableId, TableId> wholes = new HashMap<>();
    session.each(
        CatalogSql.WHOLES,
        row ->
            wholes.put(
                new TableId(row.getString(1), row.getString(2)),
                new TableId(row.getString(3), row.getString(4))),
        schemas(partitions),
        names(partitions));
    return wholes;
  }

  private static Value schemas(Collection<TableId> tables) {
    return Values.texts(tables.stream().map(TableId::schema).toList());
  }

  private static Value names(Collection<TableId> tables) {
    return Values.texts(tables.stream().map(TableId::table).toList());
  }

  /** Then the rows are in its partitions, and {@code ONLY} would mean none of them. */
  boolean isPartitioned(TableId id) throws SQLException {
    return session.test(CatalogSql.PARTITIONED, id.schema(), id.table());
  }

  public boolean schemaExists(String schema) throws SQLException {
    return session.test(CatalogSql.SCHEMA_EXISTS, schema);
  }
}
