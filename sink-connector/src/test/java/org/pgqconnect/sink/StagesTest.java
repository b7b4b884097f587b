/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.architecture.Stages;

/**
 * The packages are the stages of a batch's path and know only the stages before them; decisions
 * know neither Kafka nor JDBC.
 */
class StagesTest {
  private static final List<String> ORDER =
      List.of(
          "offsets",
          "intake",
          "position",
          "assemble",
          "tables",
          "store",
          "target",
          "plan",
          "statements",
          "write",
          "install",
          "session",
          "watch",
          "apply",
          "flow",
          "admin");

  private final Stages stages = new Stages("org.pgqconnect.sink", ORDER);

  @Test
  void stagesKnowOnlyEarlierOnes() {
    stages.check();
  }

  @Test
  void packageInfoNamesTheSameOrder() throws Exception {
    stages.checkDescription();
  }

  @Test
  void decisionsKnowNeitherKafkaNorJdbc() {
    stages.checkThatNoneKnows(
        List.of("position", "assemble", "tables", "plan"),
        "org.apache.kafka.",
        "java.sql.",
        "org.postgresql.");
    noClasses()
        .that()
        .haveNameMatching(
            ".*\\.(TypeCompatibility|TableCheck|ForeignKeyOrder|Binding|ArrayLiteral|CopyText|CopyGate"
                + "|FileChange|ColumnChange|ApplyPlan|Grouping|MissedRows|FailingSpell|TopicEnds)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.kafka..", "java.sql..", "org.postgresql..")
        .check(stages.classes());
  }

  @Test
  void connectsExceptionsAreMadeWhereConnectCalls() {
    stages.checkNoConnectErrorsBut("intake", "flow");
  }

  @Test
  void onlyIntakeAndFlowKnowKafka() {
    stages.checkNoKafkaBut("intake", "flow");
  }

  @Test
  void noClassExtendsAnotherOfOurs() {
    stages.checkNoInheritance();
  }
}
