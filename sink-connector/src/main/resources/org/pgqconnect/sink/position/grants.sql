GRANT USAGE ON SCHEMA pgq_connect TO pgq_connect;
GRANT SELECT, INSERT, UPDATE ON pgq_connect.subscription, pgq_connect.subscribed_table TO pgq_connect;
