/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.connect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.pgqconnect.local.kafka.JvmOptions;
import org.pgqconnect.local.process.StackDirectory;

/**
 * A Connect worker as it shall be started. Immutable.
 *
 * @param jvm its heap and JVM arguments
 * @param pluginDirectories the entries of its {@code plugin.path}
 * @param settings worker properties that replace or add to those of {@code
 *     config/worker.properties}
 */
public record ConnectSetup(
    JvmOptions jvm, List<Path> pluginDirectories, Map<String, String> settings) {

  public ConnectSetup {
    pluginDirectories = List.copyOf(pluginDirectories);
    settings = Map.copyOf(settings);
  }

  /** 512 MB of heap, no plugins. */
  public static ConnectSetup defaults() {
    return new ConnectSetup(JvmOptions.heap("512m"), List.of(), Map.of());
  }

  public ConnectSetup jvm(JvmOptions jvm) {
    return new ConnectSetup(jvm, pluginDirectories, settings);
  }

  /** With one more entry of {@code plugin.path}: a directory of plugin directories. */
  public ConnectSetup plugins(Path directory) {
    List<Path> more = new ArrayList<>(pluginDirectories);
    more.add(directory.toAbsolutePath());
    return new ConnectSetup(jvm, more, settings);
  }

  public ConnectSetup setting(String name, String value) {
    Map<String, String> more = new TreeMap<>(settings);
    more.put(name, value);
    return new ConnectSetup(jvm, pluginDirectories, more);
  }

  /** Whether source tasks write in Kafka transactions; they do by default. */
  public ConnectSetup exactlyOnceSource(boolean enabled) {
    return setting("exactly.once.source.support", enabled ? "enabled" : "disabled");
  }

  /** Starts a worker in a directory of its own that {@link ConnectWorker#close} deletes. */
  public ConnectWorker start(String bootstrapServers) {
    StackDirectory directory = StackDirectory.create();
    ConnectWorker worker =
        ConnectWorker.prepare(this, bootstrapServers, directory.make("connect"), directory);
    try {
      worker.start();
      return worker;
    } catch (RuntimeException e) {
      worker.close();
      throw e;
    }
  }
}
