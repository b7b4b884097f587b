/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class PgqConnectDemoTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return PgqConnectDemo.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void helpHasTheOptionsAndExamples() {
    assertThat(run("demo", "--help")).isZero();
    assertThat(out.toString())
        .contains("Usage: pgq-connect demo", "--seconds", "--keep", "Examples:");
  }

  @Test
  void wrongUsageIsExitCodeTwo() {
    assertThat(run("demo", "--seconds", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--seconds must be at least 1");
    assertThat(run("demo", "--postgres", "9")).isEqualTo(2);
    assertThat(err.toString()).contains("--postgres must be 17 or 18");
  }
}
