/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.install;

/** The statements of {@link SubscriberRights}. */
final class RightsSql {
  /**
   * By the catalog, which shows even what the role cannot use. Parameters: privileges, kinds and
   * objects of what it needs in schema pgq_connect.
   */
  static final String SCHEMA_STATE =
      """
      SELECT CASE
               WHEN n.oid IS NULL
                 THEN CASE WHEN has_database_privilege(current_database(), 'CREATE') THEN 'MAY_INSTALL' ELSE 'MISSING' END
               WHEN EXISTS (SELECT FROM pg_class c
                             WHERE c.relnamespace = n.oid AND c.relname = 'provider'
                               AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')))
                 THEN 'PROVIDER_HIDDEN'
               WHEN g.tables_missing > 0
                 THEN CASE WHEN has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE')
                           THEN 'MAY_INSTALL' ELSE 'TABLES_MISSING' END
               WHEN g.all_granted THEN 'READY'
               ELSE 'FORBIDDEN'
             END
        FROM (SELECT) one
        LEFT JOIN pg_namespace n ON n.nspname = 'pgq_connect'
        CROSS JOIN LATERAL (
          SELECT count(*) FILTER (WHERE needed.kind = 'TABLE' AND c.oid IS NULL) AS tables_missing,
                 bool_and(CASE needed.kind WHEN 'SCHEMA' THEN has_schema_privilege(n.oid, needed.privilege)
                                           ELSE has_table_privilege(c.oid, needed.privilege) END) AS all_granted
            FROM unnest(?::text[], ?::text[], ?::text[]) needed (privilege, kind, object)
            LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = split_part(needed.object, '.', 2)::name) g\
      """;

  static final String MAY_STAGE = "SELECT has_database_privilege(current_database(), 'TEMPORARY')";

  static final String SUBSCRIBED_TABLES =
      """
      SELECT table_schema, table_name, ARRAY(SELECT jsonb_array_elements(definition::jsonb -> 'columns') ->> 'name')
        FROM pgq_connect.subscribed_table WHERE subscription = ?
       ORDER BY 1, 2\
      """;

  static final String BECOME_REPLICA = "SET session_replication_role = replica";

  private RightsSql() {}
}
