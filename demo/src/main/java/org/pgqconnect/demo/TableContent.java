/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;

/**
 * All that a table holds, as one number.
 *
 * @param rows how many rows
 * @param digest SHA-256 of the rows' text in the order of that text
 */
public record TableContent(long rows, String digest) {

  /**
   * Reads a table in one snapshot. The session's text settings must be pinned, as those of {@code
   * org.pgqconnect.postgres.Database} are.
   */
  public static TableContent of(Connection connection, TableId table) throws SQLException {
    connection.setAutoCommit(false);
    String sql =
        "select (t.*)::text from "
            + Identifiers.quote(table)
            + " t order by (t.*)::text collate \"C\"";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setFetchSize(10_000);
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      long count = 0;
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          digest.update(rows.getString(1).getBytes(StandardCharsets.UTF_8));
          digest.update((byte) '\n');
          count++;
        }
      }
      return new TableContent(count, HexFormat.of().formatHex(digest.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  /** The number of rows and the beginning of the digest. */
  @Override
  public String toString() {
    return rows + " rows, " + digest.substring(0, 12);
  }
}
