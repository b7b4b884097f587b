/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.admin;

/** The statements of {@link LondisteLeaf}. */
final class LondisteSql {
  static final String IS_THERE =
      """
      SELECT count(*) = 2
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE (n.nspname, c.relname) IN (('londiste', 'table_info'), ('pgq_node', 'node_info'))\
      """;

  static final String NODE =
      """
      SELECT node_type, node_name, worker_name, worker_last_tick FROM pgq_node.get_node_info(?)\
      """;

  static final String TABLES =
      """
      SELECT table_name, dest_table, coalesce(merge_state, 'not copied yet'), table_attrs
        FROM londiste.table_info WHERE queue_name = ? AND local ORDER BY nr\
      """;

  private LondisteSql() {}
}
