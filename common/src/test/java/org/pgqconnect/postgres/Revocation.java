/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

/** Takes a privilege away again, to show that a role needs it. */
public final class Revocation {
  private Revocation() {}

  /**
   * The statement.
   *
   * @param role quoted
   */
  public static String of(Grant grant, String role) {
    return "REVOKE %s ON %s %s FROM %s;"
        .formatted(grant.privilege(), grant.kind(), grant.object(), role);
  }
}
