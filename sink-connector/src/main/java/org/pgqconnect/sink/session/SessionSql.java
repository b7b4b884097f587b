/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
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
             set_config('enable_mergejoin', 'off', false)""";

  /** A session that only reports waits for nobody. */
  static final String BRIEF_SETTINGS =
      """
      SELECT set_config('statement_timeout', '5000', false), set_config('lock_timeout', '2000', false)""";

  private SessionSql() {}
}
