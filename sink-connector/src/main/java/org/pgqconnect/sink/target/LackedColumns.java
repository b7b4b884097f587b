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
package org.pgqconnect.sink.target;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/**
 * What is known of columns that a subscriber's table does not have and the provider describes.
 *
 * @param called those that the subscription has filled, each with the name that it has by now;
 *     empty when it was dropped
 * @param holdsRows the table holds rows
 * @param resync the command that has the table copied again; null when all columns are there
 */
public record LackedColumns(Map<String, String> called, boolean holdsRows, String resync) {
  static final LackedColumns NONE = new LackedColumns(Map.of(), false, null);

  public LackedColumns {
    called = Map.copyOf(requireNonNull(called, "called"));
  }
}
