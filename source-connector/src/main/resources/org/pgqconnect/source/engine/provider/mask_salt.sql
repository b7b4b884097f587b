-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.mask_salt: the salts of hash masks. They are here and not in the trigger functions, whose source
-- every role can read; only the owner has a right on this table. A salt is never changed: another one gets another
-- number, so that a transaction with an older snapshot cannot mix them up.
create table if not exists pgq_connect.mask_salt (
    salt_id integer generated always as identity primary key,
    salt    bytea not null
);
