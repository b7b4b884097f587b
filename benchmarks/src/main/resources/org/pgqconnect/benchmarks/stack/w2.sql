-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- On both sides: a table of eleven mixed columns, about 200 bytes a row.
create table bench_w2 (
  id          bigint primary key,
  account_id  integer       not null,
  amount      numeric(14,4) not null,
  currency    text          not null,
  name        text          not null,
  status      text,
  created_at  timestamptz   not null,
  updated_at  timestamptz,
  attrs       jsonb,
  active      boolean       not null,
  note        text
);
