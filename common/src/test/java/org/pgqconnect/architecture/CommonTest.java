/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.architecture;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What of the common module a program without Kafka can use. */
class CommonTest {
  @Test
  void valuesAndDatabaseNeedNoKafka() {
    new Stages("org.pgqconnect", List.of())
        .checkUsableWithoutKafka("batch", "time", "postgres", "failure");
  }
}
