-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- What repeated copies have brought so far: many keys a row. When a copy ends, rows of its table with other keys go.
CREATE TABLE IF NOT EXISTS pgq_connect.copied_key (
    subscription    text NOT NULL REFERENCES pgq_connect.subscription (name) ON UPDATE CASCADE ON DELETE CASCADE,
    table_schema    text NOT NULL,
    table_name      text NOT NULL,
    part            bigint GENERATED ALWAYS AS IDENTITY, -- of two with one key the later one counts
    held            boolean NOT NULL,            -- rows were written; else deleted
    key_columns     text[] NOT NULL,
    keys            text[] NOT NULL,             -- for each column of the key the text of an array
    own             jsonb,                       -- when set: no key that was brought, but a row that made place; what only the subscriber has of it
    PRIMARY KEY (subscription, table_schema, table_name, part)
);
-- Every batch asks for them while a copy is repeated, and there are hardly any.
CREATE INDEX IF NOT EXISTS copied_key_own ON pgq_connect.copied_key (subscription, table_schema, table_name) WHERE own IS NOT NULL;
COMMENT ON TABLE pgq_connect.copied_key IS 'pgq-connect: keys that repeated copies under way have brought';
