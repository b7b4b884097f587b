/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;

/** Puts problems on the keys that they are about, also on keys that no definition has. */
public final class ConfigProblems {
  private static final String TOPICS = "topics";

  private final Config config;
  private final Map<String, String> given;
  private final Map<String, ConfigValue> values = new HashMap<>();

  /**
   * @param config what the definition found; problems are added to it
   * @param given the keys and values as they were given
   */
  public ConfigProblems(Config config, Map<String, String> given) {
    this.config = config;
    this.given = given;
    config.configValues().forEach(value -> values.put(value.name(), value));
  }

  /** Whether no key has a problem. */
  public boolean isEmpty() {
    return values.values().stream().allMatch(value -> value.errorMessages().isEmpty());
  }

  /** Adds a problem of this key. */
  public void add(String key, String message) {
    values.computeIfAbsent(key, this::foreign).addErrorMessage(message);
  }

  /** Adds problems by key. */
  public void addAll(Map<String, String> problems) {
    problems.forEach(this::add);
  }

  /** The key is in no definition of ours, but errors may be put on it. */
  private ConfigValue foreign(String key) {
    // In the type of Connect's own definition, in which the worker writes it into its answer.
    Object parsed =
        key.equals(TOPICS)
            ? ConfigDef.parseType(key, given.get(key), ConfigDef.Type.LIST)
            : given.get(key);
    ConfigValue value = new ConfigValue(key, parsed, List.of(), new ArrayList<>());
    config.configValues().add(value);
    return value;
  }
}
