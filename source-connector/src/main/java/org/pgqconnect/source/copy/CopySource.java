/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import org.pgqconnect.source.decode.Layout;

/**
 * How the rows of a captured table are read, so that they are what its triggers would write.
 *
 * @param layout what the image holds
 * @param table the table's own columns, which its key is among, unmasked
 * @param orderedBy stands for the table and the order of its key: when it is the same text as
 *     before, so is the order
 * @param image SQL text of a row's text, over alias t
 * @param passes SQL text of the row condition, over alias t
 * @param onlyItself rows of tables that inherit from it are not its own
 */
record CopySource(
    Layout layout,
    Layout table,
    String orderedBy,
    String image,
    Optional<String> passes,
    boolean onlyItself) {
  static final String WHOLE_ROW = "textin(record_out(t.*))";

  CopySource {
    requireNonNull(layout, "layout");
    requireNonNull(table, "table");
    requireNonNull(orderedBy, "orderedBy");
    requireNonNull(image, "image");
    requireNonNull(passes, "passes");
  }
}
