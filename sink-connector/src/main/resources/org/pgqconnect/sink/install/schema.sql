-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- What pgq-connect keeps in a database. IF NOT EXISTS would need the right to create it where it is there.
DO $$
BEGIN
    IF to_regnamespace('pgq_connect') IS NULL THEN
        CREATE SCHEMA pgq_connect;
    END IF;
END $$;
