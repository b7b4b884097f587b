-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
create table measurements (at date, sensor int, value real, primary key (at, sensor)) partition by range (at);
create table measurements_2025 partition of measurements for values from ('2025-01-01') to ('2026-01-01');
create table measurements_2026 partition of measurements for values from ('2026-01-01') to ('2027-01-01');
select pgq_connect.add_table('q', 'measurements');
-- Installed on it:
CREATE TRIGGER "00_pgq_connect_1_p" BEFORE TRUNCATE ON public.measurements FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_measurements();
CREATE TRIGGER "00_pgq_connect_1_r" AFTER INSERT OR DELETE OR UPDATE ON public.measurements FOR EACH ROW EXECUTE FUNCTION pgq_connect.capture_1_oid_of_measurements();
CREATE TRIGGER "00_pgq_connect_1_t" AFTER TRUNCATE ON public.measurements FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_measurements();
CREATE TRIGGER "00_pgq_connect_1_p" BEFORE TRUNCATE ON public.measurements_2025 FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_measurements();
CREATE TRIGGER "00_pgq_connect_1_p" BEFORE TRUNCATE ON public.measurements_2026 FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_measurements();

CREATE OR REPLACE FUNCTION pgq_connect.capture_1_oid_of_measurements()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "DateStyle" TO 'ISO, MDY'
 SET extra_float_digits TO '1'
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
begin
    select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null,
           pgq_connect.layout_of(oid_of_measurements), 'oid_of_measurements'::regclass, p.layout_id
      into table_nr, special, layout, its_oid, layout_nr
      from pgq.queue q
      left join (pgq_connect.captured_partition p join pg_trigger t on t.oid = p.layout_trigger and t.tgrelid = p.partition_oid)
        on p.partition_oid = TG_RELID and p.queue_name = 'q' and p.root_oid = oid_of_measurements and p.root_layout = 1 and (t.xmax = '0' or current_setting('transaction_isolation') = 'read committed')
     where q.queue_id = 1 and q.queue_name = 'q' and q.queue_data_pfx = 'pgq.event_1';
    if TG_RELID = oid_of_measurements then
        layout_nr := 1;
    elsif layout_nr is null then
        perform pgq_connect.note_written('q', oid_of_measurements, TG_RELID, 'capture_1_oid_of_measurements');
        if layout = '09611edcf048d6caabf01c5c9e3d67f7' and pgq_connect.layout_of(TG_RELID) = layout then
            layout_nr := 1;
        end if;
    end if;
    if TG_OP = 'TRUNCATE' then
        if TG_WHEN = 'BEFORE' then
            perform pgq_connect.truncate_partition('q', TG_RELID, NULL, NULL, 'pgq_connect.truncating_1_oid_of_measurements', 'capture_1_oid_of_measurements');
            return null;
        end if;
        marked := set_config('pgq_connect.truncating_1_oid_of_measurements', '', true);
        if exists (select from pg_class where oid = TG_RELID and relkind = 'p' and relispartition) then
            return null;
        end if;
    end if;
    if layout = '09611edcf048d6caabf01c5c9e3d67f7' and not special and table_nr < 3 and layout_nr is not null then
        if TG_OP = 'INSERT' then
            kind := 'c';
            data := textin(record_out(NEW));
        elsif TG_OP = 'UPDATE' then
            kind := 'u';
            data := textin(record_out(NEW));
            moved := row(OLD.at, OLD.sensor)::record *<> row(NEW.at, NEW.sensor)::record;
            if moved then
                kind := 'c';
                old_data := textin(record_out(OLD));
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', old_data, null, 'public.measurements', layout_nr::text;
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', old_data, null, 'public.measurements', layout_nr::text;
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', old_data, null, 'public.measurements', layout_nr::text;
                end if;
                old_data := null;
            end if;
        elsif TG_OP = 'DELETE' then
            kind := 'd';
            data := textin(record_out(OLD));
        else
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.measurements', layout_nr::text;
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.measurements', layout_nr::text;
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.measurements', layout_nr::text;
            end if;
            perform pgq_connect.capture_rows_after_truncate('q', TG_RELID, NULL, NULL);
            return null;
        end if;
        if table_nr = 0 then
            insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), kind, data, old_data, 'public.measurements', layout_nr::text;
        elsif table_nr = 1 then
            insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), kind, data, old_data, 'public.measurements', layout_nr::text;
        elsif table_nr = 2 then
            insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), kind, data, old_data, 'public.measurements', layout_nr::text;
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
