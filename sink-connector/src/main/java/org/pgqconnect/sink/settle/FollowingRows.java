/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.HeldRows;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable.Cascade;
import org.pgqconnect.sink.write.MessageContext;
import org.pgqconnect.sink.write.NetRows;

/**
 * Rows that an ON DELETE action of the subscriber would delete or change although the provider left
 * them alone: its table lacks the foreign key, or the action. Where the provider has both, what its
 * action did is in the same batch, and no row is left for the subscriber's.
 */
final class FollowingRows {
  private final Session session;
  private final HeldRows held;
  private final ForeignKeyReferences references;

  FollowingRows(Session session, ForeignKeyReferences references) {
    this.session = session;
    this.held = new HeldRows(session);
    this.references = references;
  }

  /**
   * @param rows those that are to be written
   * @param all those of all tables that are written
   * @param stale the tables whose rows are not the provider's; {@link StaleReferrers} is for them
   * @throws ApplyException when a row that the batch leaves alone refers to one that it deletes
   */
  void requireNone(
      NetRows rows, Map<TableId, ? extends NetRows> all, Set<TableId> stale, MessageContext context)
      throws SQLException {
    for (Cascade cascade : rows.target().cascades()) {
      if (!cascade.reachesOthers() || cascade.among(stale).isPresent()) {
        continue;
      }
      NetRows own = cascade.among(all.keySet()).map(table -> (NetRows) all.get(table)).orElse(null);
      // What is emptied here is empty there, and so is what refers to it.
      if ((own == null || !own.empties()) && follow(cascade, rows, own)) {
        throw new ApplyException(
            TableCheck.following(
                rows.target(),
                cascade,
                context.toString(),
                session.connection().getMetaData().getUserName()),
            new Clash(SqlState.FOREIGN_KEY_VIOLATION, cascade.child(), cascade.constraint(), null));
      }
    }
  }

  private boolean follow(Cascade cascade, NetRows going, NetRows own) throws SQLException {
    Optional<ForeignKeyReferences.Reference> reference = references.of(cascade);
    if (reference.isEmpty()) {
      return false;
    }
    List<Object> values = new ArrayList<>(List.of(going.values()));
    if (own != null) {
      values.addAll(List.of(own.values()));
    }
    return held.maybe(ForeignKeyReferencesSql.stays(going, reference.get(), own), values.toArray());
  }
}
