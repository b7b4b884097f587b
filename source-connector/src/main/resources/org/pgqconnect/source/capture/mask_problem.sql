-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.mask_problem: why a mask does not fit a column.
-- Parameters: the mask ('hash' or 'constant'); the constant; the column's type and modifier.
-- Returns: text; NULL when it fits.
create or replace function pgq_connect.mask_problem(mask text, constant text, type_oid oid, typmod integer) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    base constant oid  := pgq_connect.base_type(type_oid);
    type constant text := format_type(type_oid, typmod);
    plain constant text := pgq_connect.plain_type(type_oid, typmod);
    kept text;
begin
    if mask = 'hash' then
        return case
                   when base not in ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
                       then format('a hash is 64 characters of text, which type %s does not hold', type)
                   when base <> type_oid and exists (select from pg_constraint c where c.contypid = type_oid)
                       then format('a hash does not always pass the checks of domain %s', type)
                   when greatest(typmod, (select max(typtypmod) from pg_type where oid = type_oid)) between 0 and 67
                       then format('a hash is 64 characters long, too long for %s', type)
               end;
    end if;
    if plain is null then
        return format('values of type %s hold values of a domain, whose checks would run with the rights of role %s', type,
                      quote_ident(current_user));
    end if;
    begin
        execute format('select concat(%L::%s)', constant, plain) into kept;
    exception when others then
        return format('%L is no %s: %s', constant, type, sqlerrm);
    end;
    return case when base in ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) and rtrim(kept) <> rtrim(constant)
                then format('%L is too long for %s', constant, type) end;
end
$$;
