-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
grant select, trigger on all tables in schema public to pgq_connect;
