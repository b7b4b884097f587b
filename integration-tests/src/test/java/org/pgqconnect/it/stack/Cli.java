/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.pgqconnect.cli.PgqConnect;

/**
 * What a command of {@code pgq-connect} did.
 *
 * @param exit its exit code
 * @param out what it printed
 * @param err what it complained about
 */
public record Cli(int exit, String out, String err) {

  public static Cli run(Object... arguments) {
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = PgqConnect.run(new PrintWriter(out), new PrintWriter(err), texts);
    return new Cli(exit, out.toString(), err.toString());
  }

  public Cli requireSuccess() {
    assertThat(exit).as(toString()).isZero();
    return this;
  }
}
