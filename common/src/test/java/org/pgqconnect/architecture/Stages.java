/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The packages of a module as the stages of a batch's path. Each stage knows itself and those
 * before it, the module's root knows them all, and no package is left out of the order.
 */
public final class Stages {
  private static final String KAFKA = "org.apache.kafka.";

  private final String root;
  private final List<String> order;
  private final JavaClasses classes;

  /**
   * @param root the module's package
   * @param order its subpackages in the order of the path
   */
  public Stages(String root, List<String> order) {
    this.root = root;
    this.order = List.copyOf(order);
    this.classes = imported(root);
  }

  private static JavaClasses imported(String packages) {
    return new ClassFileImporter()
        .withImportOption(new ImportOption.DoNotIncludeTests())
        .importPackages(packages);
  }

  /** The classes of the module, without its tests. */
  public JavaClasses classes() {
    return classes;
  }

  /** Fails when a package is not in the order, or a class knows one of a later stage. */
  public void check() {
    TreeSet<String> found = new TreeSet<>();
    TreeSet<String> backward = new TreeSet<>();
    for (JavaClass one : classes) {
      found.add(stage(one));
      for (Dependency dependency : one.getDirectDependenciesFromSelf()) {
        JavaClass other = dependency.getTargetClass().getBaseComponentType();
        if (isOurs(other) && number(stage(other)) > number(stage(one))) {
          backward.add("%s knows %s".formatted(one.getName(), other.getName()));
        }
      }
    }
    found.remove("");
    assertThat(found).as("packages of %s", root).containsExactlyInAnyOrderElementsOf(order);
    assertThat(backward).as("what knows a later stage").isEmpty();
  }

  /**
   * Fails when the module's package-info.java names other packages, or in another order. Those that
   * are beside the path come last there.
   */
  public void checkDescription() throws IOException {
    String[] described =
        Files.readString(Path.of("src/main/java", root.replace('.', '/'), "package-info.java"))
            .split("Beside it: ");
    assertThat(described).hasSize(2);
    List<String> beside = names(described[1]);
    assertThat(beside).isEqualTo(order.stream().filter(beside::contains).toList());
    assertThat(names(described[0]))
        .isEqualTo(order.stream().filter(stage -> !beside.contains(stage)).toList());
  }

  private static List<String> names(String javadoc) {
    return Pattern.compile("\\{@code[\\s*]+(\\w+)}")
        .matcher(javadoc)
        .results()
        .map(name -> name.group(1))
        .toList();
  }

  /** Fails when a class of one of the stages knows one of the packages. */
  public void checkThatNoneKnows(List<String> stages, String... packages) {
    TreeSet<String> known = new TreeSet<>();
    for (JavaClass one : classes) {
      if (stages.contains(stage(one))) {
        for (Dependency dependency : one.getDirectDependenciesFromSelf()) {
          String name = dependency.getTargetClass().getBaseComponentType().getName();
          if (List.of(packages).stream().anyMatch(name::startsWith)) {
            known.add("%s knows %s".formatted(one.getName(), name));
          }
        }
      }
    }
    assertThat(known).isEmpty();
  }

  /**
   * Fails when a stage knows Kafka.
   *
   * @param others the stages that speak with Kafka or Connect
   */
  public void checkNoKafkaBut(String... others) {
    checkThatNoneKnows(allBut(others), KAFKA);
  }

  /**
   * Fails when a class of one of the stages cannot be used without Kafka's classes: it knows them
   * itself, or through others of ours.
   */
  public void checkUsableWithoutKafka(String... stages) {
    JavaClasses ours = imported("org.pgqconnect");
    Deque<JavaClass> open = new ArrayDeque<>();
    Map<String, String> from = new TreeMap<>();
    for (JavaClass one : classes) {
      if (List.of(stages).contains(stage(one))) {
        from.put(one.getName(), one.getName());
        open.add(one);
      }
    }
    TreeSet<String> known = new TreeSet<>();
    while (!open.isEmpty()) {
      JavaClass one = open.remove();
      for (Dependency dependency : one.getDirectDependenciesFromSelf()) {
        String name = dependency.getTargetClass().getBaseComponentType().getName();
        if (name.startsWith(KAFKA)) {
          known.add("%s knows %s".formatted(from.get(one.getName()), name));
        } else if (ours.contain(name)
            && from.putIfAbsent(name, from.get(one.getName()) + " -> " + name) == null) {
          open.add(ours.get(name));
        }
      }
    }
    assertThat(known).as("what needs Kafka").isEmpty();
  }

  /**
   * Fails when a stage knows an exception of Connect's: what went wrong is said without it, and
   * becomes one where Connect calls.
   *
   * @param others the stages that Connect calls, or that are to refuse a record in its terms
   */
  public void checkNoConnectErrorsBut(String... others) {
    checkThatNoneKnows(allBut(others), "org.apache.kafka.connect.errors.");
  }

  /** Fails when a class extends another of ours; enums and their constants aside. */
  public void checkNoInheritance() {
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

  private List<String> allBut(String... others) {
    List<String> stages = new ArrayList<>(order);
    stages.removeAll(List.of(others));
    return stages;
  }

  private boolean isOurs(JavaClass one) {
    return one.getPackageName().equals(root) || one.getPackageName().startsWith(root + ".");
  }

  /** The first part of the package's name below the root; empty for the root. */
  private String stage(JavaClass one) {
    String name = one.getPackageName();
    return name.equals(root) ? "" : name.substring(root.length() + 1).split("\\.")[0];
  }

  private int number(String stage) {
    return stage.isEmpty() ? order.size() : order.indexOf(stage);
  }
}
