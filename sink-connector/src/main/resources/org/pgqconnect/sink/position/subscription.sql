-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- One row per subscription: where it stands. Written in the transaction that applies a batch.
CREATE TABLE IF NOT EXISTS pgq_connect.subscription (
    name          text PRIMARY KEY,
    topic_prefix  text NOT NULL,
    queue         text,                          -- null before the first batch
    provider      text,                          -- the uuid of the provider's installation
    tick_id       bigint,                        -- the tick that the subscriber is at
    tick_time     text,                          -- when it was made; tells one history from another
    offsets       jsonb NOT NULL DEFAULT '{}',   -- {"topic:partition": next offset}
    backend_pid   integer,                       -- the sink's session, for its successor to end
    backend_start timestamptz,
    updated_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE pgq_connect.subscription IS 'pgq-connect: where each subscription stands';
