/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigDef;

/** Writes the reference of a connector's keys from its definition. */
final class ConfigurationReference {
  private static final String DEFAULT = " Default: ";

  private static final Properties EXAMPLES = load();

  private ConfigurationReference() {}

  /** A value of each key that is not its default. */
  static Properties examples() {
    return EXAMPLES;
  }

  private static Properties load() {
    Properties examples = new Properties();
    try (InputStream file =
        ConfigurationReference.class.getResourceAsStream("examples.properties")) {
      examples.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return examples;
  }

  static String of(String title, ConfigDef definition) {
    StringBuilder text = new StringBuilder("## ").append(title).append("\n");
    groups(definition)
        .forEach(
            (group, keys) -> {
              text.append("\n### ").append(group).append("\n\n");
              text.append(
                  "| key | type | default | valid values | example | importance | meaning |\n");
              text.append("|---|---|---|---|---|---|---|\n");
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
    return "| `%s` | %s | %s | %s | `%s` | %s | %s |%n"
        .formatted(
            key.name,
            key.type.name().toLowerCase(Locale.ROOT),
            defaultOf(key),
            valid(key),
            EXAMPLES.getProperty(key.name).replace("|", "\\|"),
            key.importance.name().toLowerCase(Locale.ROOT),
            cell(withoutDefault(key.documentation)));
  }

  /**
   * The driver's modes are written in lower case, as libpq has them, and in the order of the help.
   */
  private static String valid(ConfigDef.ConfigKey key) {
    if (key.validator == null) {
      return key.type == ConfigDef.Type.BOOLEAN ? "true, false" : "";
    }
    String valid = key.validator.toString();
    return cell(valid.startsWith("(case insensitive)") ? valid.toLowerCase(Locale.ROOT) : valid);
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;");
  }

  /** A default that follows from other keys stands as a sentence at the end of the help. */
  private static Optional<String> saidDefault(String documentation) {
    int at = documentation.indexOf(DEFAULT);
    return at < 0
        ? Optional.empty()
        : Optional.of(
            documentation.substring(at + DEFAULT.length(), documentation.lastIndexOf('.')));
  }

  private static String withoutDefault(String documentation) {
    int at = documentation.indexOf(DEFAULT);
    return at < 0 ? documentation : documentation.substring(0, at);
  }

  private static String defaultOf(ConfigDef.ConfigKey key) {
    if (!key.hasDefault()) {
      return "*required*";
    }
    String text = key.defaultValue == null ? "" : key.defaultValue.toString();
    return text.isEmpty() || text.equals("[]")
        ? saidDefault(key.documentation).map(ConfigurationReference::cell).orElse("*none*")
        : "`" + text + "`";
  }
}
