/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

/** The statements of {@link EngineInstaller}. */
final class EngineSql {

  /** Serialises installations; the two numbers are arbitrary. */
  static final String SERVER_VERSION = "select current_setting('server_version_num')::integer";

  static final String DETECT =
      """
      select (select extversion from pg_extension where extname = 'pgq') as extension,
             exists (select from pg_namespace where nspname = 'pgq') as has_schema,
             exists (select from pg_proc where pronamespace = to_regnamespace('pgq')
                                           and proname = '_pgq_connect_engine') as built_in,
             exists (select from pg_proc where pronamespace = to_regnamespace('pgq')
                                           and proname = 'version') as has_version
      """;

  /** Not by a call: who made the function is not known yet. */
  static final String BUILT_IN_VERSION =
      """
      select coalesce(max(substring(prosrc from '[0-9]+')), '0')
        from pg_proc where pronamespace = 'pgq'::regnamespace and proname = '_pgq_connect_engine'\
      """;

  /**
   * What of our two schemas belongs to a role that could have the installing role run anything. The
   * owner of the database may, as may superusers; a superuser is a member of every role. Each with
   * its schema, and the statement that changes that.
   */
  static final String UNTRUSTED =
      """
      with me as (select oid, rolsuper from pg_roles where rolname = current_user),
           trusted as (
               select r.oid from pg_roles r, me
                where r.rolsuper or r.oid = me.oid or (not me.rolsuper and pg_has_role(me.oid, r.oid, 'MEMBER'))
               union select datdba from pg_database where datname = current_database()),
           schemas as (
               select n.* from pg_namespace n
                where n.nspname in ('pgq', 'pgq_connect')
                  and not exists (select from pg_depend d where d.classid = 'pg_namespace'::regclass and d.objid = n.oid
                                                            and d.deptype = 'e'))
      select format('schema %I belongs to role %s', nspname, nspowner::regrole), nspname,
             format('ALTER SCHEMA %I OWNER TO %I', nspname, current_user) from schemas
       where nspowner not in (select oid from trusted)
      union all
      select format('function %I.%I belongs to role %s', n.nspname, p.proname, p.proowner::regrole), n.nspname,
             format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, current_user)
        from pg_proc p join schemas n on n.oid = p.pronamespace where p.proowner not in (select oid from trusted)
      union all
      select format('%I.%I belongs to role %s', n.nspname, c.relname, c.relowner::regrole), n.nspname,
             format('ALTER %s %I.%I OWNER TO %I',
                    case c.relkind when 'S' then 'SEQUENCE' when 'v' then 'VIEW' when 'm' then 'MATERIALIZED VIEW'
                                   when 'f' then 'FOREIGN TABLE' when 'c' then 'TYPE' else 'TABLE' end,
                    n.nspname, c.relname, current_user)
        from pg_class c join schemas n on n.oid = c.relnamespace
       where c.relowner not in (select oid from trusted)
         and c.relkind not in ('i', 'I') -- they belong to their tables' owners
      union all
      select format('%s may create objects in schema %I: REVOKE CREATE ON SCHEMA %2$I FROM %1$s',
                    case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end, n.nspname), n.nspname,
             format('REVOKE CREATE ON SCHEMA %I FROM %s', n.nspname,
                    case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end)
        from schemas n cross join aclexplode(n.nspacl) a
       where a.privilege_type = 'CREATE' and a.grantee not in (select oid from trusted)
       limit 5\
      """;

  static final String OTHER_VERSION = "select pgq.version()";

  static final String EXTENSION_AVAILABLE =
      "select exists (select from pg_available_extensions where name = 'pgq')";

  static final String CREATE_EXTENSION = "create extension pgq";

  static final String RECORD_PROVIDER =
      """
      insert into pgq_connect.provider (schema_version, engine) values (?, ?)
      on conflict ((true)) do update set schema_version = excluded.schema_version, engine = excluded.engine
      """;

  static final String INSTALLED_VERSION = "select max(schema_version) from pgq_connect.provider";

  /** Our tables, and those that functions of schemas pgq and pgq_connect are triggers of. */
  static final String OWN_TABLES =
      """
      select oid::bigint from pg_class
       where relkind in ('r', 'p')
         and relnamespace in (to_regnamespace('pgq'), to_regnamespace('pgq_connect'))
      union
      select t.tgrelid::bigint from pg_trigger t join pg_proc p on p.oid = t.tgfoid
       where p.pronamespace in (to_regnamespace('pgq'), to_regnamespace('pgq_connect'))\
      """;

  /** What the removal of the built-in engine takes from others; parameters: own queue, consumer. */
  static final String LOSSES =
      """
      select 'queue ' || q.queue_name
             || coalesce(' with consumer ' || string_agg(
                    i.consumer_name || ' (' || coalesce(i.pending_events, 0) || ' events not read)',
                    ', ' order by i.consumer_name), ' without consumers'),
             q.queue_name, null, null, null
        from pgq.queue q
        left join pgq.get_consumer_info() i
          on i.queue_name = q.queue_name and (q.queue_name, i.consumer_name) is distinct from (?, ?)
       group by q.queue_name
      having q.queue_name is distinct from ? or count(i.consumer_name) > 0
       union all
      select 'trigger ' || t.tgname || ' on table ' || t.tgrelid::regclass, null, t.tgname, n.nspname, c.relname
        from pg_trigger t join pg_proc p on p.oid = t.tgfoid
        join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
       where p.pronamespace = 'pgq'::regnamespace and not t.tgisinternal and t.tgparentid = 0
       order by 1\
      """;

  static final String KNOWS_TABLES =
      "select to_regprocedure('pgq_connect.renew_queue(text)') is not null";

  static final String RENEW_QUEUE = "select pgq_connect.renew_queue(?)";

  static final String CREATE_QUEUE = "select pgq.create_queue(?)";

  static final String SET_QUEUE_CONFIG = "select pgq.set_queue_config(?, ?, ?)";

  static final String GRANT_QUEUE = "select pgq.grant_perms(?)";

  /**
   * By the catalogs, because names of a schema that the role cannot use cannot be looked up. What
   * is not there is not missed here.
   */
  static final String MISSING_RIGHTS =
      """
      select g.nr
        from unnest(?::text[], ?::text[], ?::text[]) with ordinality g (privilege, kind, object, nr)
        left join pgq.queue q on q.queue_name = ?
       where case g.kind
               when 'SCHEMA' then
                 exists (select from pg_namespace
                          where nspname = g.object and not has_schema_privilege(oid, g.privilege))
               when 'FUNCTION' then
                 exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                          where n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')' = g.object
                            and not has_function_privilege(p.oid, g.privilege))
               else
                 exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                          where c.relkind = 'r'
                            and (n.nspname || '.' || c.relname = g.object and g.object <> 'pgq.event_template'
                                 or g.object = 'pgq.event_template'
                                    and (n.nspname || '.' || c.relname = q.queue_data_pfx
                                         or n.nspname || '.' || c.relname in
                                            (select q.queue_data_pfx || '_' || i from generate_series(0, q.queue_ntables - 1) i)))
                            and not has_table_privilege(c.oid, g.privilege))
             end
       order by g.nr\
      """;

  static final String IS_SUBSCRIBER_ONLY =
      """
      select to_regclass('pgq_connect.subscription') is not null and to_regclass('pgq_connect.provider') is null\
      """;

  static final String SUBSCRIPTIONS =
      "select coalesce(string_agg(name, ', ' order by name), 'none yet') from"
          + " pgq_connect.subscription";

  static final String HAS_CAPTURED_TABLES =
      "select to_regclass('pgq_connect.captured_table') is not null";

  /** Queues other than the own one, the parameter, whose tables would be captured no more. */
  static final String CAPTURED_FOR_OTHERS =
      """
      select queue_name, table_schema, table_name
        from pgq_connect.captured_table
       where queue_name is distinct from ?
       order by 1, 2, 3\
      """;

  static final String CAN_REMOVE_TABLES =
      """
      select to_regclass('pgq_connect.captured_table') is not null
             and to_regprocedure('pgq_connect.lock_capture()') is not null
             and to_regprocedure('pgq_connect.remove_table(text,regclass)') is not null\
      """;

  /** Waits for other changes of capture, before any table is locked. */
  static final String CAPTURED_TABLES =
      """
      select queue_name, table_oid::bigint, table_schema, table_name
        from pgq_connect.captured_table order by 1, 3, 4, 2\
      """;

  static final String REMOVE_TABLE = "select pgq_connect.remove_table(?, ?::oid::regclass)";

  /**
   * Takes all locks in one statement, so that its limit is that of all waits together: first those
   * on tables of the application that have triggers still, which come with dropping the functions
   * and need no right on the tables.
   */
  static final String LOCK_WHAT_GOES =
      """
      do $$
      declare
          going constant oid[] := array(
              select n.oid from pg_namespace n
               where n.nspname = 'pgq_connect'
                  or n.nspname = 'pgq' and not exists (select from pg_extension where extname = 'pgq')
                     and exists (select from pg_proc where pronamespace = n.oid and proname = '_pgq_connect_engine'));
          name text;
      begin
          for name in
              select p.oid::regprocedure from pg_proc p
               where p.pronamespace = any (going) and exists (select from pg_trigger where tgfoid = p.oid)
               order by p.oid
          loop
              execute 'drop function ' || name || ' cascade';
          end loop;
          for name in
              select c.oid::regclass from pg_class c
               where c.relnamespace = any (going) and c.relkind in ('r', 'p')
                 and (c.relnamespace, c.relname) not in (
                     select n.oid, its.name from pg_namespace n
                      cross join (values ('subscription'), ('subscribed_table'), ('copied_key')) its (name)
                      where n.nspname = 'pgq_connect')
                 and has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
               order by c.oid
          loop
              execute 'lock table only ' || name || ' in access exclusive mode';
          end loop;
      end $$\
      """;

  static final String NO_STATEMENT_TIMEOUT = "select set_config('statement_timeout', '0', true)";

  /**
   * A database that is a subscriber, too, keeps that in the same schema: subscription,
   * subscribed_table and copied_key stay, and the schema with them.
   */
  static final String DROP_SOURCE_STATE =
      """
      do $$
      declare
          names text;
      begin
          if to_regclass('pgq_connect.subscription') is null then
              drop schema if exists pgq_connect cascade;
              return;
          end if;
          select string_agg(oid::regprocedure::text, ', ') into names
            from pg_proc where pronamespace = 'pgq_connect'::regnamespace;
          if names is not null then
              execute 'drop routine ' || names || ' cascade';
          end if;
          select string_agg(oid::regclass::text, ', ') into names
            from pg_class
           where relnamespace = 'pgq_connect'::regnamespace and relkind in ('r', 'p')
             and relname not in ('subscription', 'subscribed_table', 'copied_key');
          if names is not null then
              execute 'drop table ' || names || ' cascade';
          end if;
          select string_agg(c.oid::regclass::text, ', ') into names
            from pg_class c
           where c.relnamespace = 'pgq_connect'::regnamespace and c.relkind = 'S'
             and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                                                       and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i'));
          if names is not null then
              execute 'drop sequence ' || names || ' cascade';
          end if;
      end $$\
      """;

  static final String DROP_BUILT_IN = "drop schema if exists pgq cascade";

  private EngineSql() {}
}
