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
package org.pgqconnect.cli;

import java.net.URI;
import org.pgqconnect.local.ConnectRest;
import picocli.CommandLine.Option;

/** Where the Connect cluster is. */
final class ConnectOption {
  static final String DEFAULT = "http://localhost:8083";

  @Option(
      names = "--connect",
      paramLabel = "URL",
      defaultValue = DEFAULT,
      description = "REST API of a Connect worker. Default: ${DEFAULT-VALUE}.")
  private String url;

  ConnectRest rest() {
    return rest(url);
  }

  /**
   * @throws IllegalArgumentException when it is no address of a worker
   */
  static ConnectRest rest(String url) {
    URI address = null;
    try {
      address = URI.create(url.strip());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(wrong(url), e);
    }
    boolean http = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
    if (!http || address.getHost() == null || address.getRawQuery() != null) {
      throw new IllegalArgumentException(wrong(url));
    }
    return new ConnectRest(address);
  }

  private static String wrong(String url) {
    return "--connect \"%s\" is not the address of a Connect worker: give its REST API, as --connect %s"
        .formatted(url, DEFAULT);
  }
}
