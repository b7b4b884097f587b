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
package org.pgqconnect.source.capture;

import java.util.Locale;

/** How triggers see changes. */
public enum CaptureForm {
  /** As the table is captured already; else statement level where the table allows it. */
  AUTO,
  /** Once a statement, with all its rows: fast for many rows. */
  STATEMENT,
  /** Once a row. */
  ROW;

  /** As the SQL functions name it. */
  String sqlName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static CaptureForm ofSqlName(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
