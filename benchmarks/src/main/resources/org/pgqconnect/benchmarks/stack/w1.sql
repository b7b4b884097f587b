-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- On both sides: the tables of TPC-B as pgbench makes them, with as many rows as its scale 10. The history has a key,
-- without which rows cannot be replicated.
create table pgbench_branches (bid int not null, bbalance int, filler char(88)) with (fillfactor = 100);
create table pgbench_tellers (tid int not null, bid int, tbalance int, filler char(84)) with (fillfactor = 100);
create table pgbench_accounts (aid int not null, bid int, abalance int, filler char(84)) with (fillfactor = 100);
create table pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22), hid bigserial primary key);
insert into pgbench_branches select i, 0 from generate_series(1, 10) i;
insert into pgbench_tellers select i, (i - 1) / 10 + 1, 0 from generate_series(1, 100) i;
insert into pgbench_accounts select i, (i - 1) / 100000 + 1, 0, '' from generate_series(1, 1000000) i;
alter table pgbench_branches add primary key (bid);
alter table pgbench_tellers add primary key (tid);
alter table pgbench_accounts add primary key (aid);
vacuum analyze;
