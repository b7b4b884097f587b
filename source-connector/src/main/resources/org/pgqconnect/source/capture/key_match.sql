-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.key_match: the condition that a row has another one's key, by a unique index where there is one.
-- Parameters: table; key columns; what to qualify the columns with on the left and on the right.
-- Returns: SQL text.
create or replace function pgq_connect.key_match(rel oid, key_columns text[], lhs text, rhs text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        -- The operators are those of the index, so that types whose operators lie in other schemas work.
        (select string_agg(pgq_connect.fill_template(
                    '{{lhs}}.{{"name"}}{{cast}} operator({{"schema"}}.{{operator}}) {{rhs}}.{{"name"}}{{cast}}',
                    'lhs', lhs, 'rhs', rhs, 'name', a.attname, 'cast', pgq_connect.operand_cast(a.atttypid, oc.opcintype),
                    'schema', n.nspname, 'operator', op.oprname), ' and ')
           from pg_index i
          cross join unnest(i.indkey, i.indclass) k (attnum, opclass)
           join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum and a.attnotnull
           join pg_opclass oc on oc.oid = k.opclass
           join pg_amop am on am.amopfamily = oc.opcfamily and am.amopstrategy = 3
                          and am.amoplefttype = oc.opcintype and am.amoprighttype = oc.opcintype
           join pg_operator op on op.oid = am.amopopr
           join pg_namespace n on n.oid = op.oprnamespace
          where i.indrelid = rel and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
            and k.opclass is not null
          group by i.indexrelid, i.indisprimary, i.indnkeyatts
         having count(*) = i.indnkeyatts
            and array_agg(a.attname::text order by a.attname::text) = (select array_agg(name order by name) from unnest(key_columns) name)
          order by i.indisprimary desc limit 1),
        (select format('row(%s)::record *= row(%s)::record', string_agg(format('%s.%I', lhs, name), ', ' order by nr),
                       string_agg(format('%s.%I', rhs, name), ', ' order by nr))
           from unnest(key_columns) with ordinality k (name, nr)))
$$;
