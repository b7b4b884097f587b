-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.key_differs: the condition that two rows' keys differ in any bit. Comparing records costs much
-- more than comparing columns, so that is done only for types that have values that are equal but not the same.
-- Parameters: layout; what to qualify the columns with on the left and on the right.
-- Returns: SQL text.
create or replace function pgq_connect.key_differs(l pgq_connect.layout, lhs text, rhs text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select string_agg(
               case
                   when type ->> 'type' ~ E'^(smallint|integer|bigint|oid|boolean|uuid|date|timestamp(\\(\\d\\))? with(out)? time zone)$' then
                       format('%1$s.%3$I is distinct from %2$s.%3$I', lhs, rhs, k.name)
                   when type ->> 'type' ~ E'^(text|character varying(\\(\\d+\\))?)$' then
                       format('%1$s.%3$I::text collate "C" is distinct from %2$s.%3$I::text collate "C"', lhs, rhs, k.name)
                   else format('row(%1$s.%3$I)::record *<> row(%2$s.%3$I)::record', lhs, rhs, k.name)
               end, ' or ' order by k.nr)
      from unnest(l.key_columns) with ordinality k (name, nr)
      left join jsonb_array_elements(l.columns) type on type ->> 'name' = k.name
$$;
