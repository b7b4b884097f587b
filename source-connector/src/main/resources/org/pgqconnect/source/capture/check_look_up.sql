-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.check_look_up: raises an error when the rows of a table would have to be looked up and cannot
-- be.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.check_look_up(c pgq_connect.captured_table) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    reason text := pgq_connect.look_up_reason(c.table_oid, c.key_columns);
    reader oid := coalesce((select proowner from pg_proc where pronamespace = 'pgq_connect'::regnamespace
                                                           and proname = c.function_name), current_user::regrole);
    foreign_schema oid;
begin
    -- Keys that one transaction deletes and inserts are looked up in any table.
    select op.oprnamespace into foreign_schema
      from pg_index i
     cross join unnest(i.indclass) k (opclass)
      join pg_opclass oc on oc.oid = k.opclass
      join pg_amop am on am.amopfamily = oc.opcfamily and am.amopstrategy = 3
                     and am.amoplefttype = oc.opcintype and am.amoprighttype = oc.opcintype
      join pg_operator op on op.oid = am.amopopr
     where i.indexrelid = pgq_connect.key_index(c.table_oid, c.key_columns)
       and not has_schema_privilege(reader, op.oprnamespace, 'USAGE')
     limit 1;
    if found then
        raise exception 'Role % lacks USAGE on schema %, which has the operators that the key of table % is looked up with',
            reader::regrole, foreign_schema::regnamespace, c.table_oid::regclass using errcode = 'insufficient_privilege',
            hint = format('The schema''s owner can run: GRANT USAGE ON SCHEMA %s TO %s;', foreign_schema::regnamespace, reader::regrole);
    end if;
    if reason is null then
        return;
    end if;
    if not has_table_privilege(reader, c.table_oid, 'SELECT') then
        raise exception 'Role % lacks SELECT on table %, but has to look up changed rows there, because %',
            reader::regrole, c.table_oid::regclass, reason using errcode = 'insufficient_privilege',
            hint = format('The table''s owner can run: GRANT SELECT ON %s TO %s;', c.table_oid::regclass, reader::regrole);
    end if;
    if row_security_active(c.table_oid) then
        raise exception 'Row security hides rows of table % from role %, which has to look up changed rows there, because %',
            c.table_oid::regclass, reader::regrole, reason using errcode = 'insufficient_privilege',
            hint = format('A superuser can run: ALTER ROLE %s BYPASSRLS;', reader::regrole);
    end if;
end
$$;
