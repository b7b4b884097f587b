-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
create table customers (id int primary key, name text, country text);
select pgq_connect.add_table('q', 'customers', condition => 'country = ''DE''');
-- Installed on it:
CREATE TRIGGER "00_pgq_connect_1_d" AFTER DELETE ON public.customers REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_customers();
CREATE TRIGGER "00_pgq_connect_1_i" AFTER INSERT ON public.customers REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_customers();
CREATE TRIGGER "00_pgq_connect_1_t" AFTER TRUNCATE ON public.customers FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_customers();
CREATE TRIGGER "00_pgq_connect_1_u" AFTER UPDATE ON public.customers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_customers();

CREATE OR REPLACE FUNCTION pgq_connect.capture_1_oid_of_customers()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_nestloop TO 'off'
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
AS $function$
-- Captures the changes of public.customers into queue 'q'. Generated; regenerate with
-- select * from pgq_connect.refresh_table(queue, table).
#variable_conflict use_column
declare
    table_nr  integer;
    special   boolean;
    layout    text;
    layout_nr integer;
    its_oid   oid;
    many      boolean;
    moved     boolean;
    kind      text;
    data      text;
    old_data  text;
    marked    text;
    plans     text[];
    before    jsonb;
    step      text;
    added     bigint;
begin
    select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null,
           pgq_connect.shape_of(oid_of_customers), 'oid_of_customers'::regclass
      into table_nr, special, layout, its_oid
      from pgq.queue q
     where q.queue_id = 1 and q.queue_name = 'q' and q.queue_data_pfx = 'pgq.event_1';
    if layout = 'c0491d4b25e90d5c988d80dbd4c7dbc0' and not special and table_nr < 3 and TG_RELID = oid_of_customers then
        if TG_OP = 'INSERT' then
        marked := set_config('pgq_connect.inserted_oid_of_customers', 'y', true);
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.customers', '1' from (select 'c' as kind, row("$row1".id, "$row1".name, "$row1".country)::text as data, null::text as old_data from new_rows "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c)) e;
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.customers', '1' from (select 'c' as kind, row("$row1".id, "$row1".name, "$row1".country)::text as data, null::text as old_data from new_rows "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c)) e;
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.customers', '1' from (select 'c' as kind, row("$row1".id, "$row1".name, "$row1".country)::text as data, null::text as old_data from new_rows "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c)) e;
            end if;
        elsif TG_OP = 'UPDATE' then
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.customers', '1' from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.passes as was_in, n.passes as is_in, o.key *<> n.key as moved
              from (select row_number() over () as nr, row("$row1".id, "$row1".name, "$row1".country)::text as data, (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) as passes, row("$row1".id) as key from old_rows "$row1") o
              join (select row_number() over () as nr, row("$row1".id, "$row1".name, "$row1".country)::text as data, (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) as passes, row("$row1".id) as key from new_rows "$row1") n on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs
         where was_in and (moved or not is_in)
        union all
        select case when moved or not was_in then 'c' else 'u' end, new_data,
               case when 'f'::boolean and was_in and not moved then old_data end, 1, nr from pairs
         where is_in and (not 'f'::boolean or not was_in or moved or old_data collate "C" <> new_data)
         order by 4, 5) e;
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.customers', '1' from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.passes as was_in, n.passes as is_in, o.key *<> n.key as moved
              from (select row_number() over () as nr, row("$row1".id, "$row1".name, "$row1".country)::text as data, (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) as passes, row("$row1".id) as key from old_rows "$row1") o
              join (select row_number() over () as nr, row("$row1".id, "$row1".name, "$row1".country)::text as data, (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) as passes, row("$row1".id) as key from new_rows "$row1") n on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs
         where was_in and (moved or not is_in)
        union all
        select case when moved or not was_in then 'c' else 'u' end, new_data,
               case when 'f'::boolean and was_in and not moved then old_data end, 1, nr from pairs
         where is_in and (not 'f'::boolean or not was_in or moved or old_data collate "C" <> new_data)
         order by 4, 5) e;
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.customers', '1' from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.passes as was_in, n.passes as is_in, o.key *<> n.key as moved
              from (select row_number() over () as nr, row("$row1".id, "$row1".name, "$row1".country)::text as data, (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) as passes, row("$row1".id) as key from old_rows "$row1") o
              join (select row_number() over () as nr, row("$row1".id, "$row1".name, "$row1".country)::text as data, (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) as passes, row("$row1".id) as key from new_rows "$row1") n on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs
         where was_in and (moved or not is_in)
        union all
        select case when moved or not was_in then 'c' else 'u' end, new_data,
               case when 'f'::boolean and was_in and not moved then old_data end, 1, nr from pairs
         where is_in and (not 'f'::boolean or not was_in or moved or old_data collate "C" <> new_data)
         order by 4, 5) e;
            end if;
            if (select string_agg(row("$row1".id)::text, ',') from old_rows "$row1") is distinct from (select string_agg(row("$row1".id)::text, ',') from new_rows "$row1") then
            if current_setting('pgq_connect.inserted_oid_of_customers', true) = 'y' then
                if pgq_connect.may_look_up(oid_of_customers) then
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.customers', '1' from old_rows o cross join lateral (select row("$row1".id, "$row1".name, "$row1".country)::text as data from only public.customers "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) and "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.customers', '1' from old_rows o cross join lateral (select row("$row1".id, "$row1".name, "$row1".country)::text as data from only public.customers "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) and "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.customers', '1' from old_rows o cross join lateral (select row("$row1".id, "$row1".name, "$row1".country)::text as data from only public.customers "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) and "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                end if;
            end if;
            end if;
            end if;
        marked := set_config('pgq_connect.inserted_oid_of_customers', 'y', true);
        elsif TG_OP = 'DELETE' then
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.customers', '1' from (select 'd' as kind, row("$row1".id, "$row1".name, "$row1".country)::text as data, null::text as old_data from old_rows "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c)) e;
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.customers', '1' from (select 'd' as kind, row("$row1".id, "$row1".name, "$row1".country)::text as data, null::text as old_data from old_rows "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c)) e;
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.customers', '1' from (select 'd' as kind, row("$row1".id, "$row1".name, "$row1".country)::text as data, null::text as old_data from old_rows "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c)) e;
            end if;
            if current_setting('pgq_connect.inserted_oid_of_customers', true) = 'y' then
                if pgq_connect.may_look_up(oid_of_customers) then
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.customers', '1' from old_rows o cross join lateral (select row("$row1".id, "$row1".name, "$row1".country)::text as data from only public.customers "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) and "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.customers', '1' from old_rows o cross join lateral (select row("$row1".id, "$row1".name, "$row1".country)::text as data from only public.customers "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) and "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.customers', '1' from old_rows o cross join lateral (select row("$row1".id, "$row1".name, "$row1".country)::text as data from only public.customers "$row1" where (select ((country = 'DE'::text)) is true from (select "$row1".country as country) c) and "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                end if;
            end if;
            end if;
        else
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.customers', '1';
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.customers', '1';
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.customers', '1';
            end if;
            perform pgq_connect.capture_rows_after_truncate('q', TG_RELID, NULL, '{"table": oid_of_customers, "where": {"sql": "(country = ''DE''::text)", "given": "country = ''DE''", "columns": [{"name": "country", "type": "text", "attnum": 3, "collation": "default"}]}}');
        end if;
        return null;
    end if;
    before := pgq_connect.pin_settings();
    for step in select * from pgq_connect.shaped_steps('q', TG_RELID, TG_OP, 'statement', NULL, 'f', '{"table": oid_of_customers, "where": {"sql": "(country = ''DE''::text)", "given": "country = ''DE''", "columns": [{"name": "country", "type": "text", "attnum": 3, "collation": "default"}]}}') loop
        execute step;
        get diagnostics added = row_count;
        perform pgq_connect.count_tx_events('q', added);
    end loop;
    perform pgq_connect.unpin_settings(before);
    return null;
end
$function$
;
