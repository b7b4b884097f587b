/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.kafka;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the JVM of a server is started. Immutable.
 *
 * @param heap its maximum heap, as {@code 512m}
 * @param arguments further JVM arguments, as {@code -XX:+UseParallelGC}
 */
public record JvmOptions(String heap, List<String> arguments) {

  public JvmOptions {
    arguments = List.copyOf(arguments);
  }

  public static JvmOptions heap(String heap) {
    return new JvmOptions(heap, List.of());
  }

  /**
   * For tests with little data: the server starts in 60 to 90 percent of the time, the less the
   * busier the machine, and then never gets as fast as with the JVM's own choices.
   */
  public static JvmOptions quickStart(String heap) {
    return heap(heap).with("-XX:TieredStopAtLevel=1").with("-XX:+UseSerialGC");
  }

  /** With one more JVM argument. */
  public JvmOptions with(String argument) {
    List<String> more = new ArrayList<>(arguments);
    more.add(argument);
    return new JvmOptions(heap, more);
  }

  /**
   * The process that runs {@code main} of Kafka's jars, and of nothing else, with these options.
   */
  public ProcessBuilder run(Path logging, String main, String argument) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-Djava.awt.headless=true");
    command.add("-Dlog4j2.configurationFile=" + logging.toUri());
    command.addAll(arguments);
    command.add(main);
    command.add(argument);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", KafkaClassPath.ofThisJvm());
    return builder;
  }
}
