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

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import org.junit.jupiter.api.Test;

/**
 * Stages know those before them and never those after them; decisions know neither Kafka nor JDBC.
 */
class PackagesTest {
  private static final String ROOT = "org.pgqconnect.sink";
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void stagesDependInOneDirection() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("assemble")
        .definedBy(ROOT + ".assemble")
        .layer("apply")
        .definedBy(ROOT + ".apply")
        .layer("position")
        .definedBy(ROOT + ".position")
        .layer("root")
        .definedBy(ROOT)
        .whereLayer("root")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("apply")
        .mayOnlyBeAccessedByLayers("root")
        .whereLayer("position")
        .mayOnlyBeAccessedByLayers("root")
        .whereLayer("assemble")
        .mayOnlyBeAccessedByLayers("apply", "position", "root")
        .check(classes);
  }

  @Test
  void decisionsKnowNeitherKafkaNorJdbc() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".assemble")
        .or()
        .haveNameMatching(
            ".*\\.(NetEffect|KeyReader|Effects|TypeCompatibility|TableCheck|ForeignKeyOrder|Binding|ArrayLiteral|CopyText|ValueText|CopyGate"
                + "|PositionCheck|FileChange|ChainGuard|TableStates|TableState|Position)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.kafka..", "java.sql..", "org.postgresql..")
        .check(classes);
  }

  @Test
  void stagesDoNotKnowKafka() {
    noClasses()
        .that()
        .resideInAnyPackage(ROOT + ".apply", ROOT + ".position")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.kafka..")
        .check(classes);
  }
}
