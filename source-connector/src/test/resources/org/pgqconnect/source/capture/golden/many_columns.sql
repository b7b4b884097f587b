-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
create table wide (id int primary key, c1 text, c2 text, c3 text, c4 text, c5 text, c6 text, c7 text, c8 text, c9 text, c10 text, c11 text, c12 text, c13 text, c14 text, c15 text, c16 text, c17 text, c18 text, c19 text, c20 text, c21 text, c22 text, c23 text, c24 text, c25 text, c26 text, c27 text, c28 text, c29 text, c30 text, c31 text, c32 text, c33 text, c34 text, c35 text, c36 text, c37 text, c38 text, c39 text, c40 text);
select pgq_connect.add_table('q', 'wide');
-- Installed on it:
CREATE TRIGGER "00_pgq_connect_1_d" AFTER DELETE ON public.wide REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_wide();
CREATE TRIGGER "00_pgq_connect_1_i" AFTER INSERT ON public.wide REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_wide();
CREATE TRIGGER "00_pgq_connect_1_t" AFTER TRUNCATE ON public.wide FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_wide();
CREATE TRIGGER "00_pgq_connect_1_u" AFTER UPDATE ON public.wide REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_wide();

CREATE OR REPLACE FUNCTION pgq_connect.capture_1_oid_of_wide()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
AS $function$
-- Captures the changes of public.wide into queue 'q'. Generated; regenerate with
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
    if TG_OP = 'UPDATE' then
        if TG_RELID = oid_of_wide and 'oid_of_wide'::regclass is not null and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and current_setting('pgq_connect.table_of_1', true) = '0' and 'oid_of_event_1_0'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_0) then
            insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1" join old_rows "$old$row1" on not ("$row1".id is distinct from "$old$row1".id) where exists (select
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 0 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else not exists (select from new_rows offset 1) end
               and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and 'oid_of_wide'::regclass is not null);
        elsif TG_RELID = oid_of_wide and 'oid_of_wide'::regclass is not null and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and current_setting('pgq_connect.table_of_1', true) = '1' and 'oid_of_event_1_1'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_1) then
            insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1" join old_rows "$old$row1" on not ("$row1".id is distinct from "$old$row1".id) where exists (select
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 1 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else not exists (select from new_rows offset 1) end
               and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and 'oid_of_wide'::regclass is not null);
        elsif TG_RELID = oid_of_wide and 'oid_of_wide'::regclass is not null and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and current_setting('pgq_connect.table_of_1', true) = '2' and 'oid_of_event_1_2'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_2) then
            insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1" join old_rows "$old$row1" on not ("$row1".id is distinct from "$old$row1".id) where exists (select
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 2 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else not exists (select from new_rows offset 1) end
               and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and 'oid_of_wide'::regclass is not null);
        end if;
    elsif TG_OP = 'INSERT' then
        if TG_RELID = oid_of_wide and current_setting('pgq_connect.table_of_1', true) = '0' and 'oid_of_event_1_0'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_0) then
            insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1" where exists (select
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 0 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else set_config('pgq_connect.inserted_oid_of_wide', 'y', true) is not null end
               and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and 'oid_of_wide'::regclass is not null);
        elsif TG_RELID = oid_of_wide and current_setting('pgq_connect.table_of_1', true) = '1' and 'oid_of_event_1_1'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_1) then
            insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1" where exists (select
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 1 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else set_config('pgq_connect.inserted_oid_of_wide', 'y', true) is not null end
               and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and 'oid_of_wide'::regclass is not null);
        elsif TG_RELID = oid_of_wide and current_setting('pgq_connect.table_of_1', true) = '2' and 'oid_of_event_1_2'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_2) then
            insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1" where exists (select
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 2 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else set_config('pgq_connect.inserted_oid_of_wide', 'y', true) is not null end
               and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and 'oid_of_wide'::regclass is not null);
        end if;
    elsif TG_OP = 'DELETE' then
        if TG_RELID = oid_of_wide and current_setting('pgq_connect.table_of_1', true) = '0' and 'oid_of_event_1_0'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_0) then
            insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', textin(record_out("$row1")), null, 'public.wide', '1' from old_rows "$row1" where exists (select
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 0 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else current_setting('pgq_connect.inserted_oid_of_wide', true) is distinct from 'y' end
               and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and 'oid_of_wide'::regclass is not null);
        elsif TG_RELID = oid_of_wide and current_setting('pgq_connect.table_of_1', true) = '1' and 'oid_of_event_1_1'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_1) then
            insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', textin(record_out("$row1")), null, 'public.wide', '1' from old_rows "$row1" where exists (select
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 1 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else current_setting('pgq_connect.inserted_oid_of_wide', true) is distinct from 'y' end
               and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and 'oid_of_wide'::regclass is not null);
        elsif TG_RELID = oid_of_wide and current_setting('pgq_connect.table_of_1', true) = '2' and 'oid_of_event_1_2'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_2) then
            insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', textin(record_out("$row1")), null, 'public.wide', '1' from old_rows "$row1" where exists (select
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 2 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else current_setting('pgq_connect.inserted_oid_of_wide', true) is distinct from 'y' end
               and pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' and 'oid_of_wide'::regclass is not null);
        end if;
    end if;
    if found then
        return null;
    end if;
    if TG_OP = 'UPDATE' and TG_RELID = oid_of_wide
       and (case num_nulls(TG_RELID, 'oid_of_wide'::regclass) when 0 then pgq_connect.layout_of(oid_of_wide) = '51d433927e6b70c19e4bc0e1b01792a9' end) then
        select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null, '51d433927e6b70c19e4bc0e1b01792a9', exists (select from new_rows offset 1), (select "$row1".id is distinct from "$new$row1".id from old_rows "$row1", new_rows "$new$row1" limit 1)
          into table_nr, special, layout, many, moved
          from pgq.queue q
         where q.queue_id = 1 and q.queue_name = 'q' and q.queue_data_pfx = 'pgq.event_1';
    else
        select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null,
               pgq_connect.layout_of(oid_of_wide), 'oid_of_wide'::regclass
          into table_nr, special, layout, its_oid
          from pgq.queue q
         where q.queue_id = 1 and q.queue_name = 'q' and q.queue_data_pfx = 'pgq.event_1';
    end if;
    if layout = '51d433927e6b70c19e4bc0e1b01792a9' and not special and table_nr < 3 and TG_RELID = oid_of_wide then
        marked := set_config('pgq_connect.table_of_1', table_nr::text, false);
        if TG_OP = 'UPDATE' then
            if many or moved then
                plans := array[current_setting('enable_nestloop'), current_setting('enable_seqscan'),
                               set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true)];
                if many and not moved then
                    select exists (
                        select from (select row_number() over () as nr, row("$row1".id) as key from old_rows "$row1") o
                               join (select row_number() over () as nr, row("$row1".id) as key from new_rows "$row1") n on n.nr = o.nr
                         where o.key *<> n.key) into moved;
                end if;
                if moved then
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.wide', '1' from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.key *<> n.key as moved
              from (select row_number() over () as nr, textin(record_out("$row1")) as data, row("$row1".id) as key from old_rows "$row1") o
              join (select row_number() over () as nr, textin(record_out("$row1")) as data, row("$row1".id) as key from new_rows "$row1") n
                   on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs where moved
        union all
        select case when moved then 'c' else 'u' end, new_data,
               case when 'f'::boolean and not moved then old_data end, 1, nr from pairs
         order by 4, 5) e;
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.wide', '1' from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.key *<> n.key as moved
              from (select row_number() over () as nr, textin(record_out("$row1")) as data, row("$row1".id) as key from old_rows "$row1") o
              join (select row_number() over () as nr, textin(record_out("$row1")) as data, row("$row1".id) as key from new_rows "$row1") n
                   on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs where moved
        union all
        select case when moved then 'c' else 'u' end, new_data,
               case when 'f'::boolean and not moved then old_data end, 1, nr from pairs
         order by 4, 5) e;
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.wide', '1' from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.key *<> n.key as moved
              from (select row_number() over () as nr, textin(record_out("$row1")) as data, row("$row1".id) as key from old_rows "$row1") o
              join (select row_number() over () as nr, textin(record_out("$row1")) as data, row("$row1".id) as key from new_rows "$row1") n
                   on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs where moved
        union all
        select case when moved then 'c' else 'u' end, new_data,
               case when 'f'::boolean and not moved then old_data end, 1, nr from pairs
         order by 4, 5) e;
                end if;
                else
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1";
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1";
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1";
                end if;
                end if;
                if moved and current_setting('pgq_connect.inserted_oid_of_wide', true) = 'y' then
                    if pgq_connect.may_look_up(oid_of_wide) then
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.wide', '1' from old_rows o cross join lateral (select textin(record_out("$row1")) as data from only public.wide "$row1" where "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.wide', '1' from old_rows o cross join lateral (select textin(record_out("$row1")) as data from only public.wide "$row1" where "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.wide', '1' from old_rows o cross join lateral (select textin(record_out("$row1")) as data from only public.wide "$row1" where "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                end if;
            end if;
                end if;
                if moved then
        marked := set_config('pgq_connect.inserted_oid_of_wide', 'y', true);
                end if;
                plans := array[set_config('enable_nestloop', plans[1], true), set_config('enable_seqscan', plans[2], true)];
            else
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1";
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1";
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1";
                end if;
            end if;
        elsif TG_OP = 'INSERT' then
        marked := set_config('pgq_connect.inserted_oid_of_wide', 'y', true);
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1";
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1";
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', textin(record_out("$row1")), null, 'public.wide', '1' from new_rows "$row1";
            end if;
        elsif TG_OP = 'DELETE' then
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', textin(record_out("$row1")), null, 'public.wide', '1' from old_rows "$row1";
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', textin(record_out("$row1")), null, 'public.wide', '1' from old_rows "$row1";
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', textin(record_out("$row1")), null, 'public.wide', '1' from old_rows "$row1";
            end if;
            if current_setting('pgq_connect.inserted_oid_of_wide', true) = 'y' then
                plans := array[current_setting('enable_nestloop'), current_setting('enable_seqscan'),
                               set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true)];
                if pgq_connect.may_look_up(oid_of_wide) then
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.wide', '1' from old_rows o cross join lateral (select textin(record_out("$row1")) as data from only public.wide "$row1" where "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.wide', '1' from old_rows o cross join lateral (select textin(record_out("$row1")) as data from only public.wide "$row1" where "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', again.data, null, 'public.wide', '1' from old_rows o cross join lateral (select textin(record_out("$row1")) as data from only public.wide "$row1" where "$row1".id operator(pg_catalog.=) o.id and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted') or pgq_connect.is_own("$row1".xmin)) offset 0) again;
                end if;
            end if;
                plans := array[set_config('enable_nestloop', plans[1], true), set_config('enable_seqscan', plans[2], true)];
            end if;
        else
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.wide', '1';
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.wide', '1';
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.wide', '1';
            end if;
            perform pgq_connect.capture_rows_after_truncate('q', TG_RELID, NULL, NULL);
        end if;
        return null;
    end if;
    before := pgq_connect.pin_settings();
    for step in select * from pgq_connect.capture_steps('q', TG_RELID, TG_OP, 'statement', NULL, 'f') loop
        execute step;
        get diagnostics added = row_count;
        perform pgq_connect.count_tx_events('q', added);
    end loop;
    perform pgq_connect.unpin_settings(before);
    return null;
end
$function$
;
