/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;

/** Writes the reference of a connector's keys from its definition. */
final class ConfigurationReference {
  private ConfigurationReference() {}

  static String of(String title, ConfigDef definition) {
    StringBuilder text = new StringBuilder("## ").append(title).append("\n");
    groups(definition)
        .forEach(
            (group, keys) -> {
              text.append("\n### ").append(group).append("\n\n");
              text.append("| key | default | meaning |\n|---|---|---|\n");
              keys.forEach(key -> text.append(row(key)));
            });
    return text.toString();
  }

  private static Map<String, List<ConfigDef.ConfigKey>> groups(ConfigDef definition) {
    Map<String, List<ConfigDef.ConfigKey>> groups = new LinkedHashMap<>();
    definition.groups().forEach(group -> groups.put(group, new ArrayList<>()));
    definition
        .configKeys()
        .values()
        .forEach(key -> groups.computeIfAbsent(key.group, g -> new ArrayList<>()).add(key));
    groups.values().forEach(keys -> keys.sort(Comparator.comparingInt(key -> key.orderInGroup)));
    return groups;
  }

  private static String row(ConfigDef.ConfigKey key) {
    return "| `%s` | %s | %s |%n"
        .formatted(key.name, defaultOf(key), key.documentation.replace("|", "\\|"));
  }

  private static String defaultOf(ConfigDef.ConfigKey key) {
    if (!key.hasDefault()) {
      return "*required*";
    }
    String text = key.defaultValue == null ? "" : key.defaultValue.toString();
    return text.isEmpty() || text.equals("[]") ? "*none*" : "`" + text + "`";
  }
}
