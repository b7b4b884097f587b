-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Schema pgq_connect: what the provider keeps for pgq-connect. Writers of application tables need no right on it,
-- because triggers run without one.
create schema if not exists pgq_connect;

comment on schema pgq_connect is 'pgq-connect: capture and source state';
