-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.renewed_options: options with the present names and numbers of their columns.
-- Parameters: options or NULL; table.
-- Returns: options; those of a restored table only when every name is there.
create or replace function pgq_connect.renewed_options(options jsonb, rel oid) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with renewed as (
        select e, nr, x.name, x.attnum
          from jsonb_array_elements(options -> 'columns') with ordinality c (e, nr)
         cross join lateral (
               select case when (options ->> 'table')::oid = rel
                           then coalesce(pgq_connect.column_now(rel, (e ->> 'attnum')::integer), e ->> 'name')
                           else e ->> 'name' end as name,
                      case when (options ->> 'table')::oid = rel then (e ->> 'attnum')::integer
                           else (select attnum::integer from pg_attribute
                                  where attrelid = rel and attname = e ->> 'name' and attnum > 0 and not attisdropped)
                      end as attnum) x)
    select case
               when (options ->> 'table')::oid <> rel
                    and (exists (select from renewed where attnum is null)
                         or exists (select from jsonb_array_elements(options -> 'where' -> 'columns') w
                                     where not exists (select from pg_attribute where attrelid = rel and attnum > 0
                                                                                  and not attisdropped and attname = w ->> 'name')))
                   then options
               else options || jsonb_build_object('table', rel::bigint)
                    || coalesce((select jsonb_build_object('columns', jsonb_agg(
                                     e || jsonb_build_object('name', name, 'attnum', attnum) order by nr)) from renewed
                                 having count(*) > 0), '{}')
                    || case when (options ->> 'table')::oid <> rel and options ? 'left_out' then jsonb_build_object('left_out', coalesce((
                           select jsonb_object_agg(a.attnum, n.value) from jsonb_each_text(options -> 'left_out') n
                             join pg_attribute a on a.attrelid = rel and a.attname = n.value and a.attnum > 0), '{}'))
                       else '{}' end
                    || case when (options ->> 'table')::oid <> rel and options ? 'where' then jsonb_build_object('where',
                           options -> 'where' || jsonb_build_object('columns', coalesce((
                               select jsonb_agg(w || jsonb_build_object('attnum', (
                                          select attnum from pg_attribute where attrelid = rel and attname = w ->> 'name' and attnum > 0)))
                                 from jsonb_array_elements(options -> 'where' -> 'columns') w), '[]')))
                       else '{}' end
           end
$$;
