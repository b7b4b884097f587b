/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.config;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigDef.Width;

/**
 * Adds the keys of one group to a connector's definition, in the order in which they are shown.
 * Each method returns the group itself.
 */
public final class KeyGroup {
  private final ConfigDef definition;
  private final String name;
  private int order;

  public KeyGroup(ConfigDef definition, String name) {
    this.definition = requireNonNull(definition, "definition");
    this.name = requireNonNull(name, "name");
  }

  /** A text without which the configuration is not valid. */
  public KeyGroup required(String key, Validator validator, String help) {
    return add(
        key,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        validator,
        Importance.HIGH,
        Width.MEDIUM,
        help);
  }

  /**
   * A text.
   *
   * @param value the default, or null
   * @param validator null for any text
   */
  public KeyGroup text(
      String key, String value, Validator validator, Importance importance, String help) {
    return add(key, Type.STRING, value, validator, importance, Width.MEDIUM, help);
  }

  /** One of a few values, of which the first is the default. */
  public KeyGroup choice(String key, List<String> values, Importance importance, String help) {
    return add(
        key,
        Type.STRING,
        values.get(0),
        ConfigDef.ValidString.in(values.toArray(String[]::new)),
        importance,
        Width.SHORT,
        help);
  }

  /** Regular expressions as {@link PatternList} reads them; none by default. */
  public KeyGroup patterns(String key, Importance importance, String help) {
    return add(key, Type.STRING, "", PatternList.validator(), importance, Width.LONG, help);
  }

  /** Values separated by commas; none by default. */
  public KeyGroup list(String key, Validator validator, Importance importance, String help) {
    return add(key, Type.LIST, List.of(), validator, importance, Width.LONG, help);
  }

  /** A text that neither logs nor Connect's REST answers show; none by default. */
  public KeyGroup secret(String key, Importance importance, String help) {
    return add(key, Type.PASSWORD, null, null, importance, Width.MEDIUM, help);
  }

  /** True or false; false by default. */
  public KeyGroup flag(String key, Importance importance, String help) {
    return add(key, Type.BOOLEAN, false, null, importance, Width.SHORT, help);
  }

  /** A whole number that few need to change. */
  public KeyGroup number(String key, int value, int least, String help) {
    return number(key, value, ConfigDef.Range.atLeast(least), Importance.LOW, help);
  }

  /** A whole number. */
  public KeyGroup number(
      String key, int value, ConfigDef.Range range, Importance importance, String help) {
    return add(key, Type.INT, value, range, importance, Width.SHORT, help);
  }

  /** A number of bytes that few need to change. */
  public KeyGroup bytes(String key, long value, long least, String help) {
    return add(
        key, Type.LONG, value, ConfigDef.Range.atLeast(least), Importance.LOW, Width.SHORT, help);
  }

  private KeyGroup add(
      String key,
      Type type,
      Object value,
      Validator validator,
      Importance importance,
      Width width,
      String help) {
    definition.define(key, type, value, validator, importance, help, name, ++order, width, key);
    return this;
  }
}
