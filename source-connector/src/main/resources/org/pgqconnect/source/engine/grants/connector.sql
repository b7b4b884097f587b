GRANT USAGE ON SCHEMA pgq_connect TO pgq_connect;
GRANT SELECT ON
    pgq_connect.provider,
    pgq_connect.captured_table,
    pgq_connect.layout,
    pgq_connect.table_copy,
    pgq_connect.copy_chunk,
    pgq.event_template TO pgq_connect;
GRANT UPDATE ON pgq_connect.table_copy TO pgq_connect;
GRANT INSERT, UPDATE, DELETE ON pgq_connect.copy_chunk TO pgq_connect;
GRANT EXECUTE ON FUNCTION
    pgq_connect.capture_status(text),
    pgq_connect.renew_row_marks(text),
    pgq_connect.base_type(oid),
    pgq_connect.base_name(oid),
    pgq_connect.btree_opclass(oid),
    pgq_connect.expanded_type(oid, integer),
    pgq_connect.column_number(oid, smallint, name),
    pgq_connect.expression_of(oid, smallint),
    pgq_connect.fill_of(oid, smallint),
    pgq_connect.loose_collation(oid),
    pgq_connect.begin_session(text, text, boolean),
    pgq_connect.other_publisher(text, text),
    pgq_connect.let_commit_flush(text),
    pgq_connect.batch_event_sql(bigint),
    pgq_connect.copy_source(text, text, text),
    pgq_connect.hashed(integer, text),
    pgq_connect.options_text(jsonb),
    pgq_connect.note_left_out(text, text, text[], text[], boolean[], boolean),
    pgq_connect.note_missed(text, integer, boolean),
    pgq.register_consumer(text, text),
    pgq.register_consumer_at(text, text, bigint),
    pgq.next_batch_custom(text, text, interval, integer, interval),
    pgq.batch_event_sql(bigint),
    pgq.batch_event_tables(bigint),
    pgq.finish_batch(bigint) TO pgq_connect;
