/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.util.Optional;
import org.pgqconnect.local.londiste.LondisteNode;
import org.pgqconnect.local.londiste.PgqDaemon;

/**
 * Londiste 3 as Debian ships it, on a test's databases: the provider is the root, the first
 * subscriber a leaf, {@code pgqd} ticks.
 */
public final class LondistePair implements AutoCloseable {
  private final Replication replication;
  private final LondisteNode root;
  private final LondisteNode leaf;
  private final PgqDaemon pgqd;

  private LondistePair(Replication replication) {
    this.replication = replication;
    Place place = replication.place();
    this.root =
        LondisteNode.of(
            place.provider(), replication.providerDatabase(), replication.name(), "root");
    this.leaf =
        LondisteNode.of(
            place.subscriber(), replication.subscriberDatabase(), replication.name(), "leaf");
    this.pgqd = PgqDaemon.start(place.provider(), replication.providerDatabase());
  }

  /** Why it cannot be started here; empty when it can. */
  public static Optional<String> unavailable() {
    return LondisteNode.unavailable().or(PgqDaemon::unavailable);
  }

  /** Creates both nodes and starts their workers. */
  public static LondistePair start(Replication replication) throws Exception {
    LondistePair pair = new LondistePair(replication);
    pair.root.run("create-root", "root", pair.root.location());
    // As often as a test wants it; by default every three seconds.
    sql(
        replication.provider(),
        """
        select pgq.set_queue_config('%1$s', 'ticker_max_lag', '200 ms'),
               pgq.set_queue_config('%1$s', 'ticker_idle_period', '1 s')\
        """
            .formatted(replication.name()));
    pair.leaf.run(
        "create-leaf", "leaf", pair.leaf.location(), "--provider=" + pair.root.location());
    pair.root.startWorker();
    pair.leaf.startWorker();
    return pair;
  }

  public LondisteNode root() {
    return root;
  }

  public LondisteNode leaf() {
    return leaf;
  }

  /** Adds tables to both nodes and waits until they are copied to the leaf. */
  public void addTables(String... tables) {
    String[] command = new String[tables.length + 1];
    command[0] = "add-table";
    System.arraycopy(tables, 0, command, 1, tables.length);
    root.run(command);
    leaf.run(command);
    replication
        .await("Londiste's copies")
        .until(
            () ->
                scalar(
                    replication.subscriber(),
                    "select count(*) from londiste.table_info where merge_state = 'ok'"),
            String.valueOf(tables.length)::equals);
  }

  @Override
  public void close() {
    leaf.close();
    root.close();
    pgqd.close();
  }
}
