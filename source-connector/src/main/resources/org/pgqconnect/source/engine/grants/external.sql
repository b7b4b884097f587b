GRANT EXECUTE ON FUNCTION
    pgq_connect.columns_of(oid),
    pgq_connect.key_of(oid, text[]) TO pgq_connect;
