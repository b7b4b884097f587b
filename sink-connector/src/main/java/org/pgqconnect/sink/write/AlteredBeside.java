/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.target.TableFingerprints;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether other sessions altered a table since its definition was read. */
final class AlteredBeside {
  private static final Logger LOG = LoggerFactory.getLogger(AlteredBeside.class);

  private final TableFingerprints fingerprints;
  private final Map<TableId, String> known = new HashMap<>();

  AlteredBeside(Session session) {
    this.fingerprints = new TableFingerprints(session);
  }

  /** To be called before anything of the table's definition is read. */
  void reads(TableId table) throws SQLException {
    known.remove(table);
    known.putAll(fingerprints.read(List.of(table)));
  }

  /** To be called when the transaction has written its last row. */
  boolean isAny(Collection<TableId> written) throws SQLException {
    List<TableId> read = written.stream().filter(known::containsKey).toList();
    if (read.isEmpty()) {
      return false;
    }
    Map<TableId, String> now = fingerprints.read(read);
    List<TableId> altered =
        read.stream().filter(table -> !Objects.equals(known.get(table), now.get(table))).toList();
    if (!altered.isEmpty()) {
      LOG.warn(
          "Other sessions altered tables of the subscriber since the sink read their definitions,"
              + " so the batch is applied again [tables={}]",
          altered);
    }
    return !altered.isEmpty();
  }
}
