-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.let_commit_flush: lets the COMMIT of this transaction wait until all that it could see is on the
-- disk. PostgreSQL waits for a transaction that has written something, even for one that only reads what others, with
-- synchronous_commit = off, have committed; a transaction that has a number and no more is not waited for. Runs with
-- the owner's rights.
-- Parameters: queue: which a session has begun to read.
-- Returns: nothing.
create or replace function pgq_connect.let_commit_flush(queue text) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update pgq_connect.queue_identity i set attempt = i.attempt where i.queue_name = queue;
    if not found then
        raise exception 'Queue "%" was dropped while it was read', queue using errcode = 'undefined_object';
    end if;
end
$$;
