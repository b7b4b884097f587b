/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static java.util.Objects.requireNonNull;

/**
 * A privilege that a role needs on one object of ours or of PgQ.
 *
 * @param privilege e.g. {@code SELECT}
 * @param object its name with its schema, as SQL has it; a function's with its argument types
 * @param reason what the role does with it, for the documentation
 */
public record Grant(String privilege, Kind kind, String object, String reason) {

  public Grant {
    requireNonNull(privilege, "privilege");
    requireNonNull(kind, "kind");
    requireNonNull(object, "object");
    requireNonNull(reason, "reason");
  }

  /** The kinds of objects, by the words that GRANT has for them. */
  public enum Kind {
    SCHEMA,
    TABLE,
    FUNCTION
  }

  /** {@code USAGE} of a schema. */
  public static Grant onSchema(String schema, String reason) {
    return new Grant("USAGE", Kind.SCHEMA, schema, reason);
  }

  /** A privilege on a table. */
  public static Grant onTable(String privilege, String table, String reason) {
    return new Grant(privilege, Kind.TABLE, table, reason);
  }

  /** {@code EXECUTE} of a function, e.g. {@code pgq.ticker(text)}. */
  public static Grant onFunction(String function, String reason) {
    return new Grant("EXECUTE", Kind.FUNCTION, function, reason);
  }

  /**
   * The statement that gives it.
   *
   * @param role quoted
   */
  public String sql(String role) {
    return "GRANT %s ON %s %s TO %s;".formatted(privilege, kind, object, role);
  }
}
