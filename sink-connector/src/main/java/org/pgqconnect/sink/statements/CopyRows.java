/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.pgqconnect.sink.assemble.Image;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Sends rows by COPY.
 *
 * @param sql the COPY statement
 */
record CopyRows(Connection connection, String sql) {
  private static final int CHARS = 1 << 16;

  /**
   * @param images rows of the bindings' layout
   * @param bindings the columns, in their order
   * @param constants values of columns before those of the bindings
   * @return how many rows the server took
   */
  long write(List<Image> images, List<Binding> bindings, Object... constants) throws SQLException {
    CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql);
    try {
      CopyText text = new CopyText();
      for (Image image : images) {
        for (Object constant : constants) {
          text.add(constant, false);
        }
        for (Binding binding : bindings) {
          for (int i = 0; i < binding.size(); i++) {
            text.add(binding.value(image, i), binding.isBinary(i));
          }
        }
        text.endRow();
        if (text.length() >= CHARS) {
          write(copy, text);
        }
      }
      write(copy, text);
      return copy.endCopy();
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  private static void write(CopyIn copy, CopyText text) throws SQLException {
    byte[] bytes = text.drain();
    copy.writeToCopy(bytes, 0, bytes.length);
  }
}
