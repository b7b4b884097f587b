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
package org.pgqconnect.it;

import org.pgqconnect.local.ConnectRest;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.PostgresServer;

/**
 * Where a replication runs.
 *
 * @param rest the Connect worker's
 */
record Place(ConnectRest rest, PostgresServer provider, PostgresServer subscriber) {

  /** The servers that all tests share. */
  static Place of(LocalStack stack) {
    PostgresServer server = stack.postgres(TestStack.DATABASES);
    return new Place(stack.rest(), server, server);
  }

  Place withRest(ConnectRest other) {
    return new Place(other, provider, subscriber);
  }

  Place withProvider(PostgresServer other) {
    return new Place(rest, other, subscriber);
  }

  Place withSubscriber(PostgresServer other) {
    return new Place(rest, provider, other);
  }
}
