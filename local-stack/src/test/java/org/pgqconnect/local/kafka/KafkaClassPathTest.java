/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KafkaClassPathTest {

  @Test
  void keepsTheJarsOfKafkaAndOfWhatItNeeds() {
    assertThat(KafkaClassPath.filter("/r/kafka_2.13-4.3.1.jar:/r/jackson-core-2.jar"))
        .isEqualTo("/r/kafka_2.13-4.3.1.jar:/r/jackson-core-2.jar");
  }

  @Test
  void leavesOutOurModulesAsDirectoriesAndAsJars() {
    assertThat(
            KafkaClassPath.filter(
                "/p/common/target/classes:lib/pgq-connect-common-1.jar:lib/connect-api-4.3.1.jar"))
        .isEqualTo("lib/connect-api-4.3.1.jar");
  }

  @Test
  void leavesOutTheJdbcDriverAndTheLibrariesOfTests() {
    assertThat(
            KafkaClassPath.filter(
                "/r/postgresql-42.7.14.jar:/r/junit-jupiter-6.1.3.jar:/r/assertj-core-3.jar"))
        .isEmpty();
  }

  @Test
  void ofThisJvmHasTheWorkerAndTheBrokerAndNothingOfOurs() {
    assertThat(KafkaClassPath.ofThisJvm())
        .contains("connect-runtime-", "kafka_2.13-", "log4j-slf4j2-impl-")
        .doesNotContain("target/classes", "postgresql-4", "pgq-connect-", "junit");
  }
}
