-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.make_condition: a row condition in the server's own words, every name qualified.
-- It must give the same answer for the same row at any time, in triggers, copies and look-ups: what may stand in the
-- condition of a partial index does, so an index on an empty table of the same columns tells. Its literals are read and
-- written for standard_conforming_strings = on, whatever the sessions of the operator and of the writers have.
-- Parameters: table; condition: over its columns' names.
-- Returns: jsonb as options.where; raises an error when it will not do.
create or replace function pgq_connect.make_condition(rel oid, condition text) returns jsonb
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set client_min_messages = warning
    set standard_conforming_strings = on
as $$
declare
    probe  text := format('pgq_connect.condition_probe_%s', pg_backend_pid());
    sql    text;
    used   jsonb;
    before jsonb;
begin
    execute format('drop table if exists %s', probe);
    execute (select format('create table %s (%s)', probe,
                           string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum))
               from pg_attribute
              where attrelid = rel and attnum > 0 and not attisdropped and attgenerated::text <> 'v');
    begin
        execute format(E'create index on %s ((0)) where (%s\n)', probe, condition);
        before := pgq_connect.pin_settings();
        select pg_get_expr(i.indpred, i.indrelid), coalesce((
                   select jsonb_agg(jsonb_build_object('name', a.attname, 'attnum', own.attnum, 'type', format_type(a.atttypid, null),
                                                    'collation', replace(nullif(own.attcollation, 0)::regcollation::text, '"', ''))
                                    order by own.attnum)
                     from pg_attribute a
                     join pg_attribute own on own.attrelid = rel and own.attname = a.attname
                    where a.attrelid = i.indrelid
                      and exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                                     and d.refobjid = i.indrelid and d.refobjsubid = a.attnum)), '[]')
          into sql, used
          from pg_index i where i.indrelid = probe::regclass;
        execute format('select (%s) from (select %s) c where false', sql,
                       (select string_agg(format('null::%s as %I', w ->> 'type', w ->> 'name'), ', ')
                          from jsonb_array_elements(used) w));
        perform pgq_connect.unpin_settings(before);
    exception when others then
        raise exception 'The row condition "%" of table % cannot be used: %', condition, rel::regclass, sqlerrm
            using errcode = sqlstate,
                  hint = 'It may use the row''s own columns, but no virtual generated ones, no subqueries, and only immutable'
                         ' functions; functions, types and operators outside pg_catalog need their schema''s name.';
    end;
    execute format('drop table %s', probe);
    return jsonb_build_object('given', condition, 'sql', sql, 'columns', used);
end
$$;
