/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.architecture.Stages;

/** The servers of a local stack, each in a package. */
class PackagesTest {
  @Test
  void packagesKnowOnlyEarlierOnes() {
    new Stages(
            "org.pgqconnect.local",
            List.of("process", "postgres", "kafka", "connect", "registry", "londiste"))
        .check();
  }
}
