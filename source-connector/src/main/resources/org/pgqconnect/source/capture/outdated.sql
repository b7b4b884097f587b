-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Functions that earlier versions installed with other parameters or results, which CREATE OR REPLACE does not replace.
drop function if exists pgq_connect.add_table(text, regclass, boolean, text, text[], boolean);
drop function if exists pgq_connect.correcting_events(oid, pgq.queue, pgq_connect.layout, text, text, boolean, text);
drop function if exists pgq_connect.corrections(
    pgq_connect.captured_table, pgq.queue, pgq_connect.layout, text, text, boolean, text);
drop function if exists pgq_connect.reinserted_rows(pgq_connect.captured_table, pgq.queue, pgq_connect.layout);
drop function if exists pgq_connect.capture_status(text);
drop function if exists pgq_connect.capture_steps(text, oid, text, text, text[], boolean);
drop function if exists pgq_connect.shaped_steps(text, oid, text, text, text[], boolean, jsonb);
drop function if exists pgq_connect.capture_steps(text, oid, text, text, text[], boolean, text, text, boolean);
drop function if exists pgq_connect.shaped_steps(text, oid, text, text, text[], boolean, jsonb, text, text, boolean);
drop function if exists pgq_connect.row_of(oid, text, text);
drop function if exists pgq_connect.update_source();
