-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- One row per subscription: where it stands. Written in the transaction that applies a batch.
CREATE TABLE IF NOT EXISTS pgq_connect.subscription (
    name           text PRIMARY KEY,
    topic_prefix   text NOT NULL,
    queue          text,                          -- null before the first batch
    provider       text,                          -- the uuid of the provider's installation
    queue_identity text,                          -- the uuid of the queue's creation
    attempt        bigint,                        -- the source's attempt that published the last batch
    tick_id        bigint,                        -- the tick that the subscriber is at
    tick_time      text,                          -- when it was made; distinguishes one history from another
    offsets        jsonb NOT NULL DEFAULT '{}',   -- {"topic:partition": next offset}
    topics         jsonb NOT NULL DEFAULT '{}',   -- {"cluster": id, "ids": {"topic": id}}: what the offsets count in
    waiting_for    text,                          -- what the sink waits for, when that takes longer than some seconds
    waiting_since  timestamptz,
    not_applied    jsonb NOT NULL DEFAULT '{}',   -- {"reason": records} that the sink's task has not applied, since it started
    files_xid      bigint,                        -- transactions before it had ended when all tables' files were last checked
    backend_pid    integer,                       -- the sink's session, for its successor to end
    backend_start  timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(), -- what the provider said of its subscribers long before was not said of this one
    updated_at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE pgq_connect.subscription IS 'pgq-connect: where each subscription stands';
