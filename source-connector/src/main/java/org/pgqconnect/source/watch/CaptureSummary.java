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
package org.pgqconnect.source.watch;

import java.util.List;

/**
 * What a look at the triggers of all published tables found.
 *
 * @param captured tables whose changes are captured
 * @param losing tables whose changes get lost
 * @param problems one sentence for each table with which something is wrong
 */
public record CaptureSummary(int captured, int losing, List<String> problems) {
  public CaptureSummary {
    problems = List.copyOf(problems);
  }
}
