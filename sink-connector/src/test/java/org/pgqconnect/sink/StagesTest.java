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
          "assemble",
          "position",
          "tables",
          "target",
          "plan",
          "write",
          "settle",
          "install",
          "session",
          "watch",
          "apply",
          "admin");

  private final Stages stages = new Stages("org.pgqconnect.sink", ORDER);

  @Test
  void stagesKnowOnlyEarlierOnes() {
    stages.check();
  }

  @Test
  void decisionsKnowNeitherKafkaNorJdbc() {
    stages.checkThatNoneKnows(
        List.of("assemble", "position", "plan"),
        "org.apache.kafka.",
        "java.sql.",
        "org.postgresql.");
    noClasses()
        .that()
        .haveNameMatching(
            ".*\\.(TypeCompatibility|TableCheck|ForeignKeyOrder|Binding|ArrayLiteral|CopyText|CopyGate"
                + "|FileChange|TableStates|TableState)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.kafka..", "java.sql..", "org.postgresql..")
        .check(stages.classes());
  }

  @Test
  void noKafkaBetweenIntakeAndApply() {
    stages.checkThatNoneKnows(
        List.of("assemble", "position", "tables", "target", "plan", "write", "settle", "session"),
        "org.apache.kafka.");
  }
}
