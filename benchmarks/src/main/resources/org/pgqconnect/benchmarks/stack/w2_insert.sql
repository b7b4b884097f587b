-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Rows from one id to another; the same id always gives the same row.
insert into bench_w2
select i,
       i * 7919 % 1000003,
       (i * 104729 % 99999989)::numeric / 10000,
       (array['EUR', 'USD', 'GBP', 'SEK', 'JPY'])[1 + i % 5],
       'Name ' || left(md5(i::text), 12 + (i % 8)::int),
       case when i % 7 > 0 then (array['new', 'paid', 'shipped', 'closed'])[1 + i % 4] end,
       timestamptz '2024-01-01 00:00:00+00' + make_interval(secs => i % 31536000 + (i % 1000) / 1e6),
       case when i % 3 > 0 then timestamptz '2025-01-01 00:00:00+00' + make_interval(secs => i % 86400) end,
       jsonb_build_object('k', i % 100, 'tag', 't' || i % 17, 'ok', i % 2 = 0),
       i % 4 <> 0,
       case when i % 5 > 0
            then left(md5((i + 1)::text) || ' it''s a \ note & more=100% ' || md5((i + 2)::text), 40 + (i % 20)::int) end
  from generate_series(?::bigint, ?::bigint) i
