-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- On both sides: what is written row by row and watched.
create table bench_w4 (id bigint primary key, t_ins timestamptz not null default clock_timestamp(), pad text);
