/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.kafka;

import java.util.Map;
import java.util.TreeMap;
import org.pgqconnect.local.process.StackDirectory;

/**
 * A Kafka broker as it shall be started. Immutable.
 *
 * @param jvm its heap and JVM arguments
 * @param settings broker properties that replace or add to those of {@link KafkaBroker}
 */
public record KafkaSetup(JvmOptions jvm, Map<String, String> settings) {

  public KafkaSetup {
    settings = Map.copyOf(settings);
  }

  /** 512 MB of heap. */
  public static KafkaSetup defaults() {
    return new KafkaSetup(JvmOptions.heap("512m"), Map.of());
  }

  public KafkaSetup jvm(JvmOptions jvm) {
    return new KafkaSetup(jvm, settings);
  }

  public KafkaSetup setting(String name, String value) {
    Map<String, String> more = new TreeMap<>(settings);
    more.put(name, value);
    return new KafkaSetup(jvm, more);
  }

  /** Starts a broker in a temporary directory of its own that {@link KafkaBroker#close} deletes. */
  public KafkaBroker start() {
    StackDirectory directory = StackDirectory.create();
    KafkaBroker broker = KafkaBroker.prepare(this, directory.make("kafka"), directory);
    try {
      broker.start();
      return broker;
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }
}
