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
record Cli(int exit, String out, String err) {

  static Cli run(Object... arguments) {
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = PgqConnect.run(new PrintWriter(out), new PrintWriter(err), texts);
    return new Cli(exit, out.toString(), err.toString());
  }

  Cli requireSuccess() {
    assertThat(exit).as(toString()).isZero();
    return this;
  }
}
