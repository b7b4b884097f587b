/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.session;

/** The statements of {@link SubscriberSession}. */
final class SessionSql {
  // Keys are looked up in an index, whatever the statistics of a table that just grew say; and
  // plans
  // are made once, not for each batch.
  static final String SETTINGS =
      """
      SELECT set_config('statement_timeout', ?, false),
             set_config('lock_timeout', ?, false),
             set_config('idle_in_transaction_session_timeout', ?, false),
             set_config('tcp_user_timeout', ?, false),
             set_config('plan_cache_mode', 'force_generic_plan', false),
             set_config('enable_seqscan', 'off', false),
             set_config('enable_hashjoin', 'off', false),
             set_config('enable_mergejoin', 'off', false)\
      """;

  /** A session that only reports waits for no other session. */
  static final String BRIEF_SETTINGS =
      """
      SELECT set_config('statement_timeout', '5000', false), set_config('lock_timeout', '2000', false)\
      """;

  private SessionSql() {}
}
