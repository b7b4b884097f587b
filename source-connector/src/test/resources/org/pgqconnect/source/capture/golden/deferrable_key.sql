-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
create table positions (id int primary key deferrable, place int);
select pgq_connect.add_table('q', 'positions');
-- Installed on it:
CREATE TRIGGER "00_pgq_connect_1_b" BEFORE INSERT OR UPDATE ON public.positions FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_positions();
CREATE TRIGGER "00_pgq_connect_1_r" AFTER INSERT OR DELETE OR UPDATE ON public.positions FOR EACH ROW EXECUTE FUNCTION pgq_connect.capture_1_oid_of_positions();
CREATE TRIGGER "00_pgq_connect_1_t" AFTER TRUNCATE ON public.positions FOR EACH STATEMENT EXECUTE FUNCTION pgq_connect.capture_1_oid_of_positions();
CREATE CONSTRAINT TRIGGER zz_pgq_connect_1_k AFTER INSERT OR UPDATE ON public.positions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pgq_connect.capture_1_oid_of_positions('late');

CREATE OR REPLACE FUNCTION pgq_connect.capture_1_oid_of_positions()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
-- Captures the changes of public.positions into queue 'q'. Generated; regenerate with
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
    tg_op     text := TG_OP;
begin
    if TG_WHEN = 'BEFORE' and TG_OP <> 'TRUNCATE' then
        perform pgq_connect.defer_late_rows(TG_RELID);
        return NEW;
    end if;
    select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null,
           pgq_connect.layout_of(oid_of_positions), 'oid_of_positions'::regclass
      into table_nr, special, layout, its_oid
      from pgq.queue q
     where q.queue_id = 1 and q.queue_name = 'q' and q.queue_data_pfx = 'pgq.event_1';
    if TG_LEVEL = 'ROW' then
        moved := true;
        if TG_NARGS = 0 and tg_op = 'UPDATE' and layout = 'cc6d1e1250ec576daf663e1ff683dbdb' and not special and table_nr < 3 and TG_RELID = oid_of_positions then
            moved := row(OLD.id)::record *<> row(NEW.id)::record;
        end if;
        tg_op := pgq_connect.late_act(1, TG_RELID, tg_op, TG_NARGS > 0, moved, OLD.ctid, OLD.xmin, NEW.ctid);
        if tg_op is null then
            return null;
        end if;
    end if;
    if layout = 'cc6d1e1250ec576daf663e1ff683dbdb' and not special and table_nr < 3 and TG_RELID = oid_of_positions then
        if TG_OP = 'INSERT' then
            kind := 'c';
            data := textin(record_out(NEW));
        elsif TG_OP = 'UPDATE' then
            kind := 'u';
            data := textin(record_out(NEW));
            moved := row(OLD.id)::record *<> row(NEW.id)::record;
            if moved then
                kind := 'c';
                old_data := textin(record_out(OLD));
                if table_nr = 0 then
                    insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', old_data, null, 'public.positions', '1';
                elsif table_nr = 1 then
                    insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', old_data, null, 'public.positions', '1';
                elsif table_nr = 2 then
                    insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 'd', old_data, null, 'public.positions', '1';
                end if;
                old_data := null;
            end if;
        elsif TG_OP = 'DELETE' then
            kind := 'd';
            data := textin(record_out(OLD));
        else
            if table_nr = 0 then
                insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.positions', '1';
            elsif table_nr = 1 then
                insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.positions', '1';
            elsif table_nr = 2 then
                insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), 't', null, null, 'public.positions', '1';
            end if;
            return null;
        end if;
        if table_nr = 0 then
            insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), kind, data, old_data, 'public.positions', '1';
        elsif table_nr = 1 then
            insert into pgq.event_1_1 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), kind, data, old_data, 'public.positions', '1';
        elsif table_nr = 2 then
            insert into pgq.event_1_2 (ev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select now(), kind, data, old_data, 'public.positions', '1';
        end if;
        return null;
    end if;
    before := pgq_connect.pin_settings();
    for step in select * from pgq_connect.capture_steps('q', TG_RELID, TG_OP, 'row', NULL, 'f', look_up => false) loop
        execute step using OLD, NEW;
        get diagnostics added = row_count;
        perform pgq_connect.count_tx_events('q', added);
    end loop;
    perform pgq_connect.unpin_settings(before);
    return null;
end
$function$
;
