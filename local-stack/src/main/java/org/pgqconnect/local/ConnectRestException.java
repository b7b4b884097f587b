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

/** A worker's answer that was not what was asked for. */
public final class ConnectRestException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String body;

  ConnectRestException(String method, String path, int status, String body) {
    super("%s %s was answered with %d: %s".formatted(method, path, status, body));
    this.status = status;
    this.body = body;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  public String body() {
    return body;
  }
}
