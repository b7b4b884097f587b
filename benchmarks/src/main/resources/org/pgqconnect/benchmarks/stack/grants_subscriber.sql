-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
grant select, insert, update, delete, truncate on all tables in schema public to pgq_connect;
grant set on parameter session_replication_role to pgq_connect;
