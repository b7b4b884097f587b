/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.architecture.Stages;

/** The packages are the stages of a batch's path and know only the stages before them. */
class StagesTest {
  /** What runs once, then the path of a batch in its order, then what is beside it. */
  private static final List<String> ORDER =
      List.of(
          "engine",
          "capture",
          "lock",
          "queue",
          "history",
          "tick",
          "decode",
          "external",
          "copy",
          "session",
          "publish",
          "watch",
          "setup",
          "metrics");

  private final Stages stages = new Stages("org.pgqconnect.source", ORDER);

  @Test
  void stagesKnowOnlyEarlierOnes() {
    stages.check();
  }

  @Test
  void packageInfoNamesTheSameOrder() throws Exception {
    stages.checkDescription();
  }

  @Test
  void onlyTheRootKnowsConnectsExceptions() {
    stages.checkNoConnectErrorsBut();
  }

  @Test
  void nothingBeforePublishKnowsKafka() {
    stages.checkNoKafkaBut("publish");
  }

  @Test
  void theCommandLinesPartsNeedNoKafka() {
    stages.checkUsableWithoutKafka("engine", "capture");
  }

  @Test
  void noClassExtendsAnotherOfOurs() {
    stages.checkNoInheritance();
  }
}
