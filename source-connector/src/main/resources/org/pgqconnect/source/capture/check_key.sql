-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.check_key: raises an error when columns chosen as a key may be null: such rows cannot be
-- identified; or when they have no order, in which rows could be copied.
-- Parameters: table; key columns.
-- Returns: nothing.
create or replace function pgq_connect.check_key(tbl regclass, key_columns text[]) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    nullable  text;
    actions   text;
    unordered record;
begin
    select string_agg(quote_ident(attname), ', ' order by attnum),
           string_agg(format('ALTER COLUMN %I SET NOT NULL', attname), ', ' order by attnum)
      into nullable, actions
      from pg_attribute
     where attrelid = tbl and attname = any (key_columns) and not pgq_connect.is_never_null(attrelid, attnum);
    if nullable is not null then
        raise exception 'Column % of table % may be null, so it cannot be part of the key', nullable, tbl
            using errcode = 'invalid_table_definition',
                  hint = format('Rows with a null in the key could not be identified, nor copied. Have them refused: ALTER TABLE %s %s',
                                tbl, actions);
    end if;
    select quote_ident(attname) as name, format_type(atttypid, null) as type into unordered
      from pg_attribute
     where attrelid = tbl and attname = any (key_columns) and pgq_connect.btree_opclass(atttypid) is null
     order by attnum limit 1;
    if found then
        raise exception 'Column % of table % is of type %, whose values have no order, so it cannot be part of the key', unordered.name,
            tbl, unordered.type
            using errcode = 'invalid_table_definition',
                  hint = format('Rows are copied in the order of their key, and no unique index could hold such a column. Name columns of'
                                ' other types: --key column,column; or give the type a default operator class of btree:'
                                ' CREATE OPERATOR CLASS ... DEFAULT FOR TYPE %s USING btree ...', unordered.type);
    end if;
end
$$;
