/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static java.util.Objects.requireNonNull;

/**
 * A right on one object of the provider.
 *
 * @param privilege e.g. {@code SELECT}
 * @param kind {@code TABLE}, {@code SEQUENCE}, {@code SCHEMA} or {@code FUNCTION}
 * @param object its name with its schema, a function's with its argument types
 */
public record Grant(String privilege, String kind, String object) {

  public Grant {
    requireNonNull(privilege, "privilege");
    requireNonNull(kind, "kind");
    requireNonNull(object, "object");
  }

  /**
   * The statement that gives it.
   *
   * @param role quoted
   */
  public String sql(String role) {
    return "GRANT %s ON %s %s TO %s;".formatted(privilege, kind, object, role);
  }

  /**
   * The statement that takes it away.
   *
   * @param role quoted
   */
  public String revocation(String role) {
    return "REVOKE %s ON %s %s FROM %s;".formatted(privilege, kind, object, role);
  }
}
