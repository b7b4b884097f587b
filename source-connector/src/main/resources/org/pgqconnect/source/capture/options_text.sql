-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.options_text: options in words. Never the salt.
-- Parameters: options or NULL.
-- Returns: text; NULL when there are none.
create or replace function pgq_connect.options_text(options jsonb) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select nullif(concat_ws('; ',
        (select 'only ' || string_agg(e ->> 'name', ', ' order by nr)
           from jsonb_array_elements(options -> 'columns') with ordinality x (e, nr) where e ->> 'as' = 'include'),
        (select 'without ' || string_agg(e ->> 'name' || case when e ->> 'given' <> e ->> 'name'
                                                              then format(' (and %s)', e ->> 'given') else '' end, ', ' order by nr)
           from jsonb_array_elements(options -> 'columns') with ordinality x (e, nr) where e ->> 'as' = 'exclude'),
        (select 'masked ' || string_agg(format('%s=%s', e ->> 'name' || case when e ->> 'given' <> e ->> 'name'
                                                              then format(' (and %s)', e ->> 'given') else '' end,
                                               e ->> 'as'), ', ' order by nr)
           from jsonb_array_elements(options -> 'columns') with ordinality x (e, nr)
          where e ->> 'as' in ('null', 'constant', 'hash')),
        'where ' || (options -> 'where' ->> 'given'),
        case when (options ->> 'skip_unchanged')::boolean then 'skips unchanged rows' end), '')
$$;
