/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

/**
 * What every session of ours sets first, so that its statements mean the same whatever the
 * server's, the database's, the role's or the JVM's defaults are: the text of values in and out,
 * which objects a name means, which rows a query sees, and that nothing but us ends a statement.
 */
final class PinnedSettings {
  /**
   * First the search path, by a statement that calls nothing: a role that can create a function or
   * an operator in another schema could have it run with our rights otherwise. The driver sends the
   * JVM's time zone when it connects, so the rest has to be set afterwards.
   *
   * <p>A setting that not every version has, or that the role cannot set, is left out by joining
   * pg_settings. A limit of the role's on statements would end a long batch at the same place again
   * and again. A database is made read-only for others by its default; the server's own default, as
   * of a full disk, is respected. {@code exit_on_error} would end the session at a savepoint's use.
   */
  static final String SQL =
      """
      set search_path = pg_catalog, pg_temp;
      set DateStyle = 'ISO, MDY'; set IntervalStyle = postgres; set TimeZone = UTC;
      set default_transaction_isolation = 'read committed';
      set bytea_output = hex; set extra_float_digits = 1; set lc_monetary = 'C';
      set standard_conforming_strings = on; set quote_all_identifiers = off; set jit = off;
      set tcp_keepalives_idle = 20; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 4;
      select set_config(s.name, pin.setting, false)
        from (values ('array_nulls', 'on'), ('xmloption', 'content'), ('xmlbinary', 'base64'),
                     ('lc_numeric', 'C'), ('lc_time', 'C'), ('lc_messages', 'C'), ('timezone_abbreviations', 'Default'),
                     ('backslash_quote', 'safe_encoding'), ('escape_string_warning', 'on'), ('transform_null_equals', 'off'),
                     ('operator_precedence_warning', 'off'), ('row_security', 'off'), ('gin_fuzzy_search_limit', '0'),
                     ('default_transaction_deferrable', 'off'), ('check_function_bodies', 'on'), ('exit_on_error', 'off'),
                     ('default_table_access_method', 'heap'), ('constraint_exclusion', 'partition'),
                     ('synchronize_seqscans', 'off'), ('restrict_nonsystem_relation_kind', ''),
                     ('lo_compat_privileges', 'off'), ('zero_damaged_pages', 'off'), ('plpgsql.variable_conflict', 'error'),
                     ('force_parallel_mode', 'off'), ('debug_parallel_query', 'off'))
             as pin (name, setting)
        join pg_settings s on s.name = pin.name
       where s.setting <> pin.setting
         and (s.context = 'user' or s.context = 'superuser' and current_setting('is_superuser') = 'on');
      select set_config(name, 'off', false) from pg_settings
       where name = 'default_transaction_read_only' and setting = 'on' and source in ('user', 'database', 'database user', 'client');
      select set_config(name, '0', false) from pg_settings
       where name in ('statement_timeout', 'transaction_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')
         and setting <> '0' and source <> 'client'\
      """;

  private PinnedSettings() {}
}
