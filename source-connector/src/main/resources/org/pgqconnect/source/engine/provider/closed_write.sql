-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.closed_write: captured tables of which a statement was not captured, because their row condition
-- could not be evaluated: a row for each transaction.
create table if not exists pgq_connect.closed_write (
    queue_name text not null,
    table_oid  oid  not null
);
