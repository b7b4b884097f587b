/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.architecture;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The common module: each package knows those before it. */
class CommonTest {
  private static final List<String> ORDER =
      List.of("time", "batch", "postgres", "failure", "wire", "plugin", "config");

  @Test
  void packagesKnowOnlyEarlierOnes() {
    common().check();
  }

  @Test
  void valuesAndDatabaseNeedNoKafka() {
    common().checkUsableWithoutKafka("batch", "time", "postgres", "failure");
  }

  private static Stages common() {
    return new Stages("org.pgqconnect", ORDER);
  }
}
