-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
create table measurements (at date, sensor int, note text, primary key (at, sensor)) partition by range (at);
create table measurements_2026 partition of measurements for values from ('2026-01-01') to ('2027-01-01');
select pgq_connect.add_table('q', 'measurements', masks => '{"note": "null"}');
-- Installed on it:
CREATE TRIGGER "00_pgq_connect_1_p" BEFORE TRUNCATE ON public.measurements FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_measurements();
CREATE TRIGGER "00_pgq_connect_1_r" AFTER INSERT OR DELETE OR UPDATE ON public.measurements FOR EACH ROW EXECUTE FUNCTION pgq_connect.capture_1_oid_of_measurements();
CREATE TRIGGER "00_pgq_connect_1_t" AFTER TRUNCATE ON public.measurements FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_measurements();
CREATE TRIGGER "00_pgq_connect_1_p" BEFORE TRUNCATE ON public.measurements_2026 FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_measurements();

CREATE OR REPLACE FUNCTION pgq_connect.capture_1_oid_of_measurements()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "DateStyle" TO 'ISO, MDY'
AS $function$
-- Captures the changes of public.measurements into queue 'q'. Generated; regenerate with
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
    taken_up  boolean;
begin
    select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null,
           pgq_connect.shape_of(oid_of_measurements), 'oid_of_measurements'::regclass, p.partition_oid is not null
      into table_nr, special, layout, its_oid, taken_up
      from pgq.queue q
      left join pgq_connect.captured_partition p
        on p.partition_oid = TG_RELID and p.queue_name = 'q' and p.root_oid = oid_of_measurements
     where q.queue_id = 1 and q.queue_name = 'q' and q.queue_data_pfx = 'pgq.event_1';
    if TG_RELID <> oid_of_measurements and not taken_up then
        perform pgq_connect.note_written('q', oid_of_measurements, TG_RELID, 'capture_1_oid_of_measurements');
    end if;
    if TG_OP = 'TRUNCATE' then
        if TG_WHEN = 'BEFORE' then
            perform pgq_connect.truncate_partition('q', TG_RELID, NULL, '{"table": oid_of_measurements, "columns": [{"as": "null", "name": "note", "given": "note", "attnum": 3}]}', 'pgq_connect.truncating_1_oid_of_measurements', 'capture_1_oid_of_measurements');
            return null;
        end if;
        marked := set_config('pgq_connect.truncating_1_oid_of_measurements', '', true);
        if exists (select from pg_class where oid = TG_RELID and relkind = 'p' and relispartition) then
            return null;
        end if;
    end if;
    if layout = '281f59678607b0424d8e48fb32fc2b03' and not special and table_nr < 3 and true then
        if TG_OP = 'INSERT' then
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.measurements', '1' from (select 'c' as kind, row("$row1".at, "$row1".sensor, null::text)::text as data, null::text as old_data from (select NEW.at as at, NEW.sensor as sensor, NEW.note as note) "$row1" where true) e;
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.measurements', '1' from (select 'c' as kind, row("$row1".at, "$row1".sensor, null::text)::text as data, null::text as old_data from (select NEW.at as at, NEW.sensor as sensor, NEW.note as note) "$row1" where true) e;
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.measurements', '1' from (select 'c' as kind, row("$row1".at, "$row1".sensor, null::text)::text as data, null::text as old_data from (select NEW.at as at, NEW.sensor as sensor, NEW.note as note) "$row1" where true) e;
            end if;
        elsif TG_OP = 'UPDATE' then
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.measurements', '1' from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.passes as was_in, n.passes as is_in, o.key *<> n.key as moved
              from (select 1 as nr, row("$row1".at, "$row1".sensor, null::text)::text as data, true as passes, row("$row1".at, "$row1".sensor) as key from (select OLD.at as at, OLD.sensor as sensor, OLD.note as note) "$row1") o
              join (select 1 as nr, row("$row1".at, "$row1".sensor, null::text)::text as data, true as passes, row("$row1".at, "$row1".sensor) as key from (select NEW.at as at, NEW.sensor as sensor, NEW.note as note) "$row1") n on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs
         where was_in and (moved or not is_in)
        union all
        select case when moved or not was_in then 'c' else 'u' end, new_data,
               case when 'f'::boolean and was_in and not moved then old_data end, 1, nr from pairs
         where is_in and (not 'f'::boolean or not was_in or moved or old_data collate "C" <> new_data)
         order by 4, 5) e;
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.measurements', '1' from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.passes as was_in, n.passes as is_in, o.key *<> n.key as moved
              from (select 1 as nr, row("$row1".at, "$row1".sensor, null::text)::text as data, true as passes, row("$row1".at, "$row1".sensor) as key from (select OLD.at as at, OLD.sensor as sensor, OLD.note as note) "$row1") o
              join (select 1 as nr, row("$row1".at, "$row1".sensor, null::text)::text as data, true as passes, row("$row1".at, "$row1".sensor) as key from (select NEW.at as at, NEW.sensor as sensor, NEW.note as note) "$row1") n on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs
         where was_in and (moved or not is_in)
        union all
        select case when moved or not was_in then 'c' else 'u' end, new_data,
               case when 'f'::boolean and was_in and not moved then old_data end, 1, nr from pairs
         where is_in and (not 'f'::boolean or not was_in or moved or old_data collate "C" <> new_data)
         order by 4, 5) e;
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.measurements', '1' from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.passes as was_in, n.passes as is_in, o.key *<> n.key as moved
              from (select 1 as nr, row("$row1".at, "$row1".sensor, null::text)::text as data, true as passes, row("$row1".at, "$row1".sensor) as key from (select OLD.at as at, OLD.sensor as sensor, OLD.note as note) "$row1") o
              join (select 1 as nr, row("$row1".at, "$row1".sensor, null::text)::text as data, true as passes, row("$row1".at, "$row1".sensor) as key from (select NEW.at as at, NEW.sensor as sensor, NEW.note as note) "$row1") n on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs
         where was_in and (moved or not is_in)
        union all
        select case when moved or not was_in then 'c' else 'u' end, new_data,
               case when 'f'::boolean and was_in and not moved then old_data end, 1, nr from pairs
         where is_in and (not 'f'::boolean or not was_in or moved or old_data collate "C" <> new_data)
         order by 4, 5) e;
            end if;
        elsif TG_OP = 'DELETE' then
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.measurements', '1' from (select 'd' as kind, row("$row1".at, "$row1".sensor, null::text)::text as data, null::text as old_data from (select OLD.at as at, OLD.sensor as sensor, OLD.note as note) "$row1" where true) e;
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.measurements', '1' from (select 'd' as kind, row("$row1".at, "$row1".sensor, null::text)::text as data, null::text as old_data from (select OLD.at as at, OLD.sensor as sensor, OLD.note as note) "$row1" where true) e;
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), e.kind, e.data, e.old_data, 'public.measurements', '1' from (select 'd' as kind, row("$row1".at, "$row1".sensor, null::text)::text as data, null::text as old_data from (select OLD.at as at, OLD.sensor as sensor, OLD.note as note) "$row1" where true) e;
            end if;
        else
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.measurements', '1';
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.measurements', '1';
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.measurements', '1';
            end if;
            perform pgq_connect.capture_rows_after_truncate('q', TG_RELID, NULL, '{"table": oid_of_measurements, "columns": [{"as": "null", "name": "note", "given": "note", "attnum": 3}]}');
        end if;
        return null;
    end if;
    before := pgq_connect.pin_settings();
    for step in select * from pgq_connect.shaped_steps('q', TG_RELID, TG_OP, 'row', NULL, 'f', '{"table": oid_of_measurements, "columns": [{"as": "null", "name": "note", "given": "note", "attnum": 3}]}') loop
        execute step using OLD, NEW;
        get diagnostics added = row_count;
        perform pgq_connect.count_tx_events('q', added);
    end loop;
    perform pgq_connect.unpin_settings(before);
    return null;
end
$function$
;
