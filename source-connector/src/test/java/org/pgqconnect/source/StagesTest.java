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
package org.pgqconnect.source;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The packages are the stages of a batch's path and know only the stages before them. */
class StagesTest {
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.pgqconnect.source");

  @Test
  void stagesDependOnlyOnEarlierOnes() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("engine")
        .definedBy("..source.engine..")
        .layer("capture")
        .definedBy("..source.capture..")
        .layer("queue")
        .definedBy("..source.queue..")
        .layer("decode")
        .definedBy("..source.decode..")
        .layer("copy")
        .definedBy("..source.copy..")
        .layer("record")
        .definedBy("..source.record..")
        .layer("connector")
        .definedBy("org.pgqconnect.source")
        .whereLayer("connector")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("record")
        .mayOnlyBeAccessedByLayers("connector")
        .whereLayer("copy")
        .mayOnlyBeAccessedByLayers("record", "connector")
        .whereLayer("decode")
        .mayOnlyBeAccessedByLayers("copy", "record", "connector")
        .whereLayer("queue")
        .mayOnlyBeAccessedByLayers("decode", "copy", "record", "connector")
        .whereLayer("capture")
        .mayOnlyBeAccessedByLayers("connector")
        .check(classes);
  }

  @Test
  void noClassExtendsAnotherOfOurs() {
    noClasses()
        .that()
        .areNotEnums()
        .and()
        .areNotAnonymousClasses()
        .should()
        .beAssignableTo(
            DescribedPredicate.describe(
                "a class whose superclass is ours",
                c ->
                    c.getRawSuperclass()
                        .filter(s -> s.getPackageName().startsWith("org.pgqconnect") && !s.isEnum())
                        .isPresent()))
        .check(classes);
  }
}
