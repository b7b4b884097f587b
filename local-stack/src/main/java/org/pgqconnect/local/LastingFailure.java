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
package org.pgqconnect.local;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Passes a failure on only when it has lasted: after a restart, a connector's status tells of the
 * failure before it for a moment more.
 */
final class LastingFailure implements Supplier<Optional<String>> {

  private static final Duration LASTING = Duration.ofSeconds(2);

  private final Supplier<Optional<String>> failure;
  private long firstSeen;
  private boolean seen;

  LastingFailure(Supplier<Optional<String>> failure) {
    this.failure = failure;
  }

  @Override
  public Optional<String> get() {
    Optional<String> now = failure.get();
    if (now.isEmpty() || !seen) {
      firstSeen = System.nanoTime();
      seen = now.isPresent();
    }
    return now.filter(trace -> System.nanoTime() - firstSeen > LASTING.toNanos());
  }
}
