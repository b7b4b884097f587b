-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- On both sides: a role that replicates and owns nothing, and the table whose rows tell that everything before them has
-- arrived.
create role pgq_connect login password 'secret';
grant create on database bench to pgq_connect;
create table bench_marker (id bigint primary key, t timestamptz not null default clock_timestamp());
