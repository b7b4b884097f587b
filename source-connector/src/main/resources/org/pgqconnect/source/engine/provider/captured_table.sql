-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.captured_table: the tables whose changes are captured, by queue.
-- form: 'statement' or 'row'. key_columns: the key that events are for; key_chosen: an operator named it, so that
-- it does not follow the primary key. old_row: whether an update's event holds the old row.
-- function_name: the trigger function in schema pgq_connect. layout_id: the layout that it was generated for.
-- options: what is left out, masked and filtered, as pgq_connect.make_options writes it; NULL: rows are captured as
-- they are.
-- queue_id: the queue that it was captured into: another one of the same name was made anew since.
-- trigger_marks: the triggers as they were when nothing had been missed, as pgq_connect.trigger_marks writes it.
-- row_marks: where the rows were and how old their columns' definitions when nothing had been missed, as
-- pgq_connect.row_marks writes it.
-- home: oid of this table itself when table_oid was written. With another one the database was restored from a dump,
-- where the oid may be that of any relation.
-- fires_always: its triggers were ENABLE ALWAYS, for what sessions with session_replication_role = replica write. They
-- are to be so as long as the table is captured, also when they are enabled or made again.
-- unordered: changes may have been captured in the wrong order for a while ("form unsafe"), until the table is copied
-- again.
-- unlogged: whether it was so at the last check; server_run: the run of the server then, as pgq_connect.server_run
-- writes it.
create table if not exists pgq_connect.captured_table (
    queue_name    text        not null,
    table_oid     oid         not null,
    table_schema  text        not null,
    table_name    text        not null,
    form          text        not null check (form in ('statement', 'row')),
    key_columns   text[]      not null,
    key_chosen    boolean     not null default false,
    old_row       boolean     not null default false,
    function_name text        not null,
    layout_id     integer     not null references pgq_connect.layout (layout_id),
    added_at      timestamptz not null default pg_catalog.now(),
    options       jsonb,
    queue_id      integer,
    trigger_marks text,
    row_marks     jsonb,
    home          oid,
    fires_always  boolean     not null default false,
    unordered     boolean     not null default false,
    unlogged      boolean     not null default false,
    server_run    text,
    primary key (queue_name, table_oid)
);
