-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- One row per table of a subscription: how far its copy got, and how the provider describes it.
CREATE TABLE IF NOT EXISTS pgq_connect.subscribed_table (
    subscription    text NOT NULL REFERENCES pgq_connect.subscription (name) ON UPDATE CASCADE ON DELETE CASCADE,
    table_schema    text NOT NULL,
    table_name      text NOT NULL,
    state           text NOT NULL CHECK (state IN ('expecting-copy', 'copying', 'catching-up', 'ok')),
    copy_id         bigint NOT NULL DEFAULT 0,
    consistent_tick bigint NOT NULL DEFAULT 0,
    definition      jsonb,
    note            text,                        -- what an operator should know or do
    table_oid       oid,                         -- the table that was copied; another one of its name was not
    table_files     jsonb,                       -- {"oid": file} of it and its partitions: other sessions change these, by TRUNCATE for one
    table_columns   jsonb,                       -- {"name": number} of its columns: another number is another column, without the values of the first
    holds_rows      boolean,                     -- it held rows when that was last checked; null when it is not known
    copying_again   boolean NOT NULL DEFAULT false, -- its rows stay; those that the copy does not bring go when it ends
    confirmed_triggers text[] NOT NULL DEFAULT '{}', -- an operator says that these triggers of the subscriber do no harm
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subscription, table_schema, table_name)
);
COMMENT ON TABLE pgq_connect.subscribed_table IS 'pgq-connect: the state of each subscribed table';
-- A role that captures tables of this database has to see which of them a sink writes to: that fires only triggers
-- that are ENABLE ALWAYS.
DO $$
BEGIN
    IF NOT (has_column_privilege('public', 'pgq_connect.subscribed_table', 'table_schema', 'SELECT')
            AND has_column_privilege('public', 'pgq_connect.subscribed_table', 'table_name', 'SELECT')) THEN
        GRANT SELECT (table_schema, table_name) ON pgq_connect.subscribed_table TO PUBLIC;
    END IF;
END $$;
