GRANT USAGE ON SCHEMA pgq_connect TO pgq_connect;
GRANT SELECT, INSERT, UPDATE ON pgq_connect.subscription, pgq_connect.subscribed_table TO pgq_connect;
GRANT SELECT, INSERT, DELETE ON pgq_connect.copied_key TO pgq_connect;
