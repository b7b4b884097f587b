-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- From version 1 of this engine, in place: transaction ids become bigint and snapshots txid_snapshot, as PgQ's clients
-- know them. Rewrites the event tables. Whoever uses the engine meanwhile waits; nobody is deadlocked, because
-- pgq.queue, which they all read first, is waited for with nothing else in hand, and the others are not waited for.
do $upgrade$
declare
    tries  constant integer := 30;
    before constant text := pg_catalog.current_setting('lock_timeout');
    users  text;
begin
    if not exists (select from pg_catalog.pg_attribute
                    where attrelid = pg_catalog.to_regclass('pgq.event_template') and attname = 'ev_txid'
                      and atttypid = 'pg_catalog.xid8'::pg_catalog.regtype) then
        return;
    end if;
    for try in 1 .. tries loop
        begin
            perform pg_catalog.set_config('lock_timeout', '1s', true);
            lock table pgq.queue in access exclusive mode;
            lock table pgq.tick, pgq.retry_queue, pgq.subscription, pgq.event_template in access exclusive mode nowait;
            exit;
        exception
            when lock_not_available then
                if try = tries then
                    select pg_catalog.string_agg(distinct pg_catalog.format('%s (%s, %s)', a.pid, a.usename, a.application_name), ', ')
                      into users
                      from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
                      join pg_catalog.pg_class c on c.oid = l.relation
                     where l.granted and c.relnamespace = 'pgq'::pg_catalog.regnamespace and c.relkind = 'r'
                       and l.pid <> pg_catalog.pg_backend_pid()
                       and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database());
                    raise exception 'The tables of schema pgq cannot be upgraded: they are in use by %',
                        coalesce(users, 'sessions that come and go')
                        using errcode = 'lock_not_available',
                              hint = 'End these transactions, or wait for them, and install again.'
                                     ' To end one: select pg_terminate_backend(PID);';
                end if;
                perform pg_catalog.pg_sleep(0.2);
        end;
    end loop;
    perform pg_catalog.set_config('lock_timeout', before, true);
    alter table pgq.event_template
        alter column ev_txid drop default,
        alter column ev_txid type bigint using ev_txid::text::bigint;
    alter table pgq.event_template alter column ev_txid set default pg_catalog.txid_current();
    alter table pgq.retry_queue alter column ev_txid type bigint using ev_txid::text::bigint;
    alter table pgq.tick
        alter column tick_snapshot drop default,
        alter column tick_snapshot type txid_snapshot using tick_snapshot::text::txid_snapshot;
    alter table pgq.tick alter column tick_snapshot set default pg_catalog.txid_current_snapshot();
    alter table pgq.queue
        alter column queue_switch_step1 set default pg_catalog.txid_current(),
        alter column queue_switch_step2 set default pg_catalog.txid_current();
end
$upgrade$;
