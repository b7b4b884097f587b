/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlScript;
import org.pgqconnect.postgres.Values;

/**
 * What a source connector's role needs on a provider that another role installed. The statements
 * are those of docs/privileges.md, for a role called pgq_connect.
 *
 * <p>A right on {@code pgq.event_template} stands for the same right on the queue's event tables,
 * which get it from there.
 */
public final class ConnectorGrants {
  private static final Pattern STATEMENT =
      Pattern.compile(
          "\\s*GRANT ([A-Z, ]+) ON\\s+(?:(FUNCTION|SEQUENCE|SCHEMA)\\s+)?(.+) TO pgq_connect\\s*",
          Pattern.DOTALL);
  private static final Pattern BETWEEN_OBJECTS = Pattern.compile(",\\s*(?![^(]*\\))");

  private ConnectorGrants() {}

  /** What a connector may do beside reading the queue of our own triggers. */
  public enum Duty {
    /** {@code ticker=embedded}. */
    TICK,
    /** {@code capture=external}: events of PgQ's own triggers, whose columns the catalog has. */
    READ_FOREIGN_EVENTS
  }

  /**
   * The rights.
   *
   * @param extension true where PgQ is the extension: its functions for maintenance run with the
   *     caller's rights
   */
  public static List<Grant> needed(boolean extension, Set<Duty> duties) {
    List<Grant> grants = parse(text("connector.sql"));
    if (duties.contains(Duty.READ_FOREIGN_EVENTS)) {
      grants.addAll(parse(text("external.sql")));
    }
    if (duties.contains(Duty.TICK)) {
      grants.addAll(parse(text("ticker.sql")));
      grants.addAll(parse(text(extension ? "ticker_extension.sql" : "ticker_built_in.sql")));
    }
    return grants;
  }

  /** The rights that the session's role lacks for a queue. */
  public static List<Grant> missing(Connection connection, String queue, List<Grant> needed)
      throws SQLException {
    return new Session(connection)
        .list(
            EngineSql.MISSING_RIGHTS,
            row -> needed.get(row.getInt(1) - 1),
            Values.texts(needed.stream().map(Grant::privilege).toList()),
            Values.texts(needed.stream().map(Grant::kind).toList()),
            Values.texts(needed.stream().map(Grant::object).toList()),
            queue);
  }

  private static List<Grant> parse(String statements) {
    List<Grant> grants = new ArrayList<>();
    for (String text : statements.strip().split(";")) {
      Matcher statement = STATEMENT.matcher(text);
      if (!statement.matches()) {
        throw new IllegalStateException("Not a statement that is understood here: " + text);
      }
      String kind = statement.group(2) == null ? "TABLE" : statement.group(2);
      for (String object : BETWEEN_OBJECTS.split(statement.group(3).strip())) {
        for (String privilege : statement.group(1).split(", ")) {
          grants.add(new Grant(privilege, kind, object));
        }
      }
    }
    return grants;
  }

  private static String text(String file) {
    return SqlScript.text(ConnectorGrants.class, "grants/" + file);
  }
}
