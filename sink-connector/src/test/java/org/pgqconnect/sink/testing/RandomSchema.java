/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Tables with random constraints, and random statements that may or may not break them. */
public final class RandomSchema {
  private static final int VALUES = 7;
  private static final String[] UNIQUENESS = {
    "UNIQUE (u)",
    "UNIQUE (u)",
    "UNIQUE (u) DEFERRABLE INITIALLY DEFERRED",
    "UNIQUE (u) DEFERRABLE INITIALLY IMMEDIATE",
    "UNIQUE NULLS NOT DISTINCT (u)",
    "UNIQUE (u, v)",
    "EXCLUDE (u WITH =)",
    "EXCLUDE (u WITH =) WHERE (v > 2) DEFERRABLE",
    ""
  };

  /** Keys that both sides compute; of the last one values that are spelled otherwise are equal. */
  private static final String[] COMPUTED = {
    "",
    "",
    "",
    "",
    ", k int GENERATED ALWAYS AS (id * 1) STORED",
    ", k text COLLATE loose GENERATED ALWAYS AS (CASE WHEN v > 3 THEN 'a' ELSE 'A' END || id::text)"
        + " STORED"
  };

  private static final String[] INDEXES = {
    "CREATE UNIQUE INDEX ON %s (v) WHERE u > 2",
    "CREATE UNIQUE INDEX ON %s ((abs(v) + coalesce(u, 0)))",
    "CREATE UNIQUE INDEX ON %s (v, id) INCLUDE (b)",
    "",
    "",
    ""
  };

  private final Random random;
  private final int major;
  private final List<String> ddl = new ArrayList<>();
  private final List<Table> tables = new ArrayList<>();

  /**
   * @param replica foreign keys do not fire on the subscriber, so that every action is allowed
   * @param major the server's version; of an older one, what it does not know is left out
   */
  public RandomSchema(Random random, boolean replica, int major) {
    this.random = random;
    this.major = major;
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      tables.add(table("t" + i));
    }
    for (Table table : tables) {
      for (int k = random.nextInt(3); k > 0; k--) {
        reference(table, tables.get(random.nextInt(count)), replica);
      }
    }
  }

  private Table table(String name) {
    boolean late = random.nextInt(6) == 0;
    boolean temporal = !late && random.nextInt(6) == 0 && major >= 18;
    String computed = temporal ? "" : COMPUTED[random.nextInt(COMPUTED.length)];
    boolean loose = computed.contains("loose");
    String key = computed.isEmpty() ? "id" : "k";
    String uniqueness = UNIQUENESS[random.nextInt(UNIQUENESS.length)];
    if (major < 15) {
      uniqueness = uniqueness.replace(" NULLS NOT DISTINCT", "");
    }
    ddl.add(
        "CREATE TABLE %s (id int, r int4range, u int%s, v int, b int, w int%s%s, PRIMARY KEY (%s)%s%s%s%s)"
            .formatted(
                name,
                random.nextBoolean() ? " NOT NULL" : "",
                random.nextInt(4) == 0 ? ", g int GENERATED ALWAYS AS (v % 6) STORED" : "",
                computed,
                temporal ? "id, r WITHOUT OVERLAPS" : key,
                late ? " DEFERRABLE INITIALLY DEFERRED" : "",
                !temporal && random.nextInt(6) == 0
                    ? ", UNIQUE (%s) DEFERRABLE".formatted(key)
                    : "",
                uniqueness.isEmpty() ? "" : ", " + uniqueness,
                !temporal && random.nextInt(4) == 0 ? ", EXCLUDE USING gist (r WITH &&)" : ""));
    String index = INDEXES[random.nextInt(INDEXES.length)];
    if (!index.isEmpty()) {
      ddl.add(index.formatted(name));
    }
    return new Table(
        name, key, loose, !late && !temporal && !loose, uniqueness.equals("UNIQUE (u)"), temporal);
  }

  private void reference(Table from, Table to, boolean replica) {
    boolean byValue = to.valueReferable && (!to.keyReferable || random.nextInt(3) == 0);
    if (!byValue && !to.keyReferable) {
      return;
    }
    String[] deletes = {"", "", "RESTRICT", "CASCADE", "SET NULL"};
    String onDelete = deletes[random.nextInt(byValue && !replica ? 2 : deletes.length)];
    if (!replica && (byValue ? to.keyAction : to.valueReferred && !onDelete.isEmpty())) {
      return; // Rows that others refer to in both ways cannot change places without the right.
    }
    to.keyAction |= !byValue && !onDelete.isEmpty();
    to.valueReferred |= byValue;
    String[] updates = {"", "CASCADE", "SET NULL"};
    String onUpdate = updates[random.nextInt(updates.length)];
    String column = "f" + from.references.size();
    from.references.add(column);
    ddl.add("ALTER TABLE %s ADD %s int".formatted(from.name, column));
    ddl.add(
        "ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s (%s)%s%s%s"
            .formatted(
                from.name,
                column,
                to.name,
                byValue ? "u" : to.key,
                onDelete.isEmpty() ? "" : " ON DELETE " + onDelete,
                onUpdate.isEmpty() ? "" : " ON UPDATE " + onUpdate,
                random.nextInt(3) == 0 ? " DEFERRABLE INITIALLY DEFERRED" : ""));
  }

  public List<String> ddl() {
    return ddl;
  }

  public List<String> tables() {
    return tables.stream().map(table -> table.name).toList();
  }

  /** One statement; the provider may refuse it. */
  public String statement() {
    Table table = tables.get(random.nextInt(tables.size()));
    switch (random.nextInt(12)) {
      case 0:
      case 1:
      case 2:
        return insert(table);
      case 3:
        return "DELETE FROM %s WHERE id = %d".formatted(table.name, value());
      case 4:
        return "DELETE FROM %s WHERE u = %d".formatted(table.name, value());
      case 5:
        return "UPDATE %s SET id = %d, b = nextval('births') WHERE id = %d"
            .formatted(table.name, value(), value());
      case 6:
        return "UPDATE %s SET v = %d%s WHERE id > %d"
            .formatted(table.name, value(), table.loose ? ", b = nextval('births')" : "", value());
      case 7:
        return "UPDATE %s SET r = %s%s WHERE id = %d"
            .formatted(
                table.name, range(), table.temporal ? ", b = nextval('births')" : "", value());
      case 8:
        if (table.references.isEmpty()) {
          return "UPDATE %s SET w = %d".formatted(table.name, value());
        }
        return "UPDATE %s SET %s = %s WHERE id = %d"
            .formatted(
                table.name,
                table.references.get(random.nextInt(table.references.size())),
                nullable(),
                value());
      case 9:
        return random.nextInt(6) == 0
            ? "TRUNCATE " + table.name + (random.nextBoolean() ? " CASCADE" : "")
            : "UPDATE %s SET u = u + 1".formatted(table.name);
      default:
        return "UPDATE %s SET u = %s WHERE id = %d".formatted(table.name, nullable(), value());
    }
  }

  private String insert(Table table) {
    StringBuilder columns = new StringBuilder("id, r, u, v, b");
    StringBuilder values =
        new StringBuilder(
            "%d, %s, %s, %d, nextval('births')".formatted(value(), range(), nullable(), value()));
    for (String column : table.references) {
      columns.append(", ").append(column);
      values.append(", ").append(nullable());
    }
    return "INSERT INTO %s (%s) VALUES (%s)".formatted(table.name, columns, values);
  }

  private String range() {
    int from = random.nextInt(2 * VALUES);
    return "int4range(%d, %d)".formatted(from, from + 1 + random.nextInt(2));
  }

  private int value() {
    return 1 + random.nextInt(VALUES);
  }

  private String nullable() {
    return random.nextInt(5) == 0 ? "NULL" : Integer.toString(value());
  }

  private static final class Table {
    private final String name;
    private final String key;
    private final boolean loose;
    private final boolean keyReferable;
    private final boolean valueReferable;
    private final boolean temporal;
    private final List<String> references = new ArrayList<>();
    private boolean keyAction;
    private boolean valueReferred;

    Table(
        String name,
        String key,
        boolean loose,
        boolean keyReferable,
        boolean valueReferable,
        boolean temporal) {
      this.name = name;
      this.key = key;
      this.loose = loose;
      this.keyReferable = keyReferable;
      this.valueReferable = valueReferable;
      this.temporal = temporal;
    }
  }
}
