-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Sequence pgq_connect.attempt_seq: numbers the incarnations of source tasks.
create sequence if not exists pgq_connect.attempt_seq;
