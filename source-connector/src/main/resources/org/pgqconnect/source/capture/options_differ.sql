-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.options_differ: whether add_table with these options would change how a captured table is
-- captured.
-- Parameters: as add_table, with keep.
-- Returns: boolean; true when the table is not captured yet.
create or replace function pgq_connect.options_differ(
    queue text, tbl regclass, exclude text[], only_columns text[], masks jsonb, condition text, skip_unchanged boolean,
    salt text) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    known pgq_connect.captured_table%rowtype;
    made  jsonb;
begin
    select * into known from pgq_connect.captured_table k where k.queue_name = queue and k.table_oid = tbl;
    if not found then
        return true;
    end if;
    made := pgq_connect.make_options(queue, tbl, case when known.key_chosen then known.key_columns end, known.options, exclude,
                                     only_columns, masks, condition, skip_unchanged, salt, true);
    delete from pgq_connect.mask_salt
     where salt_id = (made ->> 'salt')::integer and salt_id is distinct from (known.options ->> 'salt')::integer;
    return pgq_connect.comparable_options(made)
           is distinct from pgq_connect.comparable_options(pgq_connect.renewed_options(known.options, tbl));
end
$$;
