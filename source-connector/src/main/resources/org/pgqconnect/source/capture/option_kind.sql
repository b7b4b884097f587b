-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.option_kind: which of several treatments of one column exclude each other.
-- Parameters: an entry of options.columns.
-- Returns: text.
create or replace function pgq_connect.option_kind(entry jsonb) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case when entry ->> 'as' in ('exclude', 'include') then entry ->> 'as' else 'mask' end
$$;
