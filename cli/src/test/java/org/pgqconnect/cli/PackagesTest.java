/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.architecture.Stages;

/** The command line in packages: commands know what they share, and not each other. */
class PackagesTest {
  @Test
  void packagesKnowOnlyEarlierOnes() {
    new Stages(
            "org.pgqconnect.cli",
            List.of(
                "output", "options", "tables", "provider", "subscriber", "connectors", "status"))
        .check();
  }
}
