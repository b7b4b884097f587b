-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
create table cities (name text primary key, population int);
create table capitals (country text) inherits (cities);
select pgq_connect.add_table('q', 'cities');
-- Installed on it:
CREATE TRIGGER "00_pgq_connect_1_r" AFTER INSERT OR DELETE OR UPDATE ON public.cities FOR EACH ROW EXECUTE FUNCTION pgq_connect.capture_1_oid_of_cities();
CREATE TRIGGER "00_pgq_connect_1_t" AFTER TRUNCATE ON public.cities FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_cities();

CREATE OR REPLACE FUNCTION pgq_connect.capture_1_oid_of_cities()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
-- Captures the changes of public.cities into queue 'q'. Generated; regenerate with
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
        if TG_RELID = oid_of_cities and 'oid_of_cities'::regclass is not null and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and current_setting('pgq_connect.table_of_1', true) = '0' and 'oid_of_event_1_0'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_0) then
            insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out(NEW)), null, 'public.cities', '1'
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 0 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else not (NEW.name::text collate "C" is distinct from OLD.name::text collate "C") end
               and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and 'oid_of_cities'::regclass is not null;
        elsif TG_RELID = oid_of_cities and 'oid_of_cities'::regclass is not null and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and current_setting('pgq_connect.table_of_1', true) = '1' and 'oid_of_event_1_1'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_1) then
            insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out(NEW)), null, 'public.cities', '1'
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 1 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else not (NEW.name::text collate "C" is distinct from OLD.name::text collate "C") end
               and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and 'oid_of_cities'::regclass is not null;
        elsif TG_RELID = oid_of_cities and 'oid_of_cities'::regclass is not null and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and current_setting('pgq_connect.table_of_1', true) = '2' and 'oid_of_event_1_2'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_2) then
            insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'u', textin(record_out(NEW)), null, 'public.cities', '1'
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 2 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else not (NEW.name::text collate "C" is distinct from OLD.name::text collate "C") end
               and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and 'oid_of_cities'::regclass is not null;
        end if;
    elsif TG_OP = 'INSERT' then
        if TG_RELID = oid_of_cities and current_setting('pgq_connect.table_of_1', true) = '0' and 'oid_of_event_1_0'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_0) then
            insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', textin(record_out(NEW)), null, 'public.cities', '1'
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 0 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else true end
               and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and 'oid_of_cities'::regclass is not null;
        elsif TG_RELID = oid_of_cities and current_setting('pgq_connect.table_of_1', true) = '1' and 'oid_of_event_1_1'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_1) then
            insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', textin(record_out(NEW)), null, 'public.cities', '1'
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 1 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else true end
               and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and 'oid_of_cities'::regclass is not null;
        elsif TG_RELID = oid_of_cities and current_setting('pgq_connect.table_of_1', true) = '2' and 'oid_of_event_1_2'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_2) then
            insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'c', textin(record_out(NEW)), null, 'public.cities', '1'
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 2 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else true end
               and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and 'oid_of_cities'::regclass is not null;
        end if;
    elsif TG_OP = 'DELETE' then
        if TG_RELID = oid_of_cities and current_setting('pgq_connect.table_of_1', true) = '0' and 'oid_of_event_1_0'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_0) then
            insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', textin(record_out(OLD)), null, 'public.cities', '1'
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 0 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else true end
               and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and 'oid_of_cities'::regclass is not null;
        elsif TG_RELID = oid_of_cities and current_setting('pgq_connect.table_of_1', true) = '1' and 'oid_of_event_1_1'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_1) then
            insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', textin(record_out(OLD)), null, 'public.cities', '1'
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 1 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else true end
               and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and 'oid_of_cities'::regclass is not null;
        elsif TG_RELID = oid_of_cities and current_setting('pgq_connect.table_of_1', true) = '2' and 'oid_of_event_1_2'::regclass is not null and pgq_connect.exists_still(oid_of_event_1_2) then
            insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', textin(record_out(OLD)), null, 'public.cities', '1'
              from pgq.queue q
             where q.queue_id = 1 and q.queue_name = 'q' and q.queue_cur_table = 2 and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else true end
               and pgq_connect.layout_of(oid_of_cities) = '99bfa5804cfa22c0a9472a20034c0693' and 'oid_of_cities'::regclass is not null;
        end if;
    end if;
    if found then
        return null;
    end if;
    select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null,
           pgq_connect.layout_of(oid_of_cities), 'oid_of_cities'::regclass
      into table_nr, special, layout, its_oid
      from pgq.queue q
     where q.queue_id = 1 and q.queue_name = 'q' and q.queue_data_pfx = 'pgq.event_1';
    if layout = '99bfa5804cfa22c0a9472a20034c0693' and not special and table_nr < 3 and TG_RELID = oid_of_cities then
        marked := set_config('pgq_connect.table_of_1', table_nr::text, false);
        if TG_OP = 'INSERT' then
            kind := 'c';
            data := textin(record_out(NEW));
        elsif TG_OP = 'UPDATE' then
            kind := 'u';
            data := textin(record_out(NEW));
            moved := row(OLD.name)::record *<> row(NEW.name)::record;
            if moved then
                kind := 'c';
                old_data := textin(record_out(OLD));
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', old_data, null, 'public.cities', '1';
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', old_data, null, 'public.cities', '1';
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', old_data, null, 'public.cities', '1';
                end if;
                old_data := null;
            end if;
        elsif TG_OP = 'DELETE' then
            kind := 'd';
            data := textin(record_out(OLD));
        else
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.cities', '1';
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.cities', '1';
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.cities', '1';
            end if;
            perform pgq_connect.capture_rows_after_truncate('q', TG_RELID, NULL, NULL);
            return null;
        end if;
        if table_nr = 0 then
            insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), kind, data, old_data, 'public.cities', '1';
        elsif table_nr = 1 then
            insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), kind, data, old_data, 'public.cities', '1';
        elsif table_nr = 2 then
            insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), kind, data, old_data, 'public.cities', '1';
        end if;
        return null;
    end if;
    before := pgq_connect.pin_settings();
    for step in select * from pgq_connect.capture_steps('q', TG_RELID, TG_OP, 'row', NULL, 'f') loop
        execute step using OLD, NEW;
        get diagnostics added = row_count;
        perform pgq_connect.count_tx_events('q', added);
    end loop;
    perform pgq_connect.unpin_settings(before);
    return null;
end
$function$
;
