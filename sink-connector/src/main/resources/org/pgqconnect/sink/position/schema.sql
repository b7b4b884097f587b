-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- What pgq-connect keeps in a database.
CREATE SCHEMA IF NOT EXISTS pgq_connect;
