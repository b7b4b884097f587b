-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Schema pgq: the queue engine, compatible with the SQL API of the PgQ 3.5 extension.
-- The marker in its comment distinguishes this engine from other copies of PgQ.
create schema if not exists pgq;

comment on schema pgq is 'PgQ 3.5 API, engine of pgq-connect';
