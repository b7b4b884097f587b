/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import org.pgqconnect.cli.PgqConnect;
import picocli.CommandLine;

/** The {@code pgq-connect} command with its {@code demo}. */
public final class PgqConnectDemo {
  private PgqConnectDemo() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return PgqConnect.commandLine(new DemoCommand());
  }
}
