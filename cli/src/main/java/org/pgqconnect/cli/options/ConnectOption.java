/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.options;

import java.net.URI;
import org.pgqconnect.connect.ConnectRest;
import picocli.CommandLine.Option;

/** Where the Connect cluster is. */
public final class ConnectOption {
  public static final String DEFAULT = "http://localhost:8083";

  @Option(
      names = "--connect",
      paramLabel = "URL",
      defaultValue = DEFAULT,
      description = "REST API of a Connect worker. Default: ${DEFAULT-VALUE}.")
  private String url;

  public ConnectRest rest() {
    return rest(url);
  }

  /**
   * @throws IllegalArgumentException when it is no address of a worker
   */
  public static ConnectRest rest(String url) {
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
