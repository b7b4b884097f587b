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

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
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
  private final JavaClasses classes = stages.classes();

  @Test
  void stagesKnowOnlyEarlierOnes() {
    stages.check();
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
