package org.pgqconnect.cli;

import picocli.CommandLine.Option;

/** Where the Connect cluster is. */
final class ConnectOption {
  @Option(
      names = "--connect",
      paramLabel = "URL",
      defaultValue = "http://localhost:8083",
      description = "REST API of a Connect worker. Default: ${DEFAULT-VALUE}.")
  private String url;

  String url() {
    return url;
  }
}
