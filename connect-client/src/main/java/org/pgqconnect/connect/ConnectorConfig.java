/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.connect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is POSTed to {@code /connectors}. Immutable.
 *
 * @param name the connector's name
 * @param config its configuration
 */
public record ConnectorConfig(String name, Map<String, String> config) {

  private static final ObjectMapper JSON = new ObjectMapper();

  public ConnectorConfig {
    config = Map.copyOf(config);
  }

  /**
   * Reads an operator's file, {@code {"name": .., "config": {..}}}.
   *
   * @throws IllegalArgumentException when it is anything else, or cannot be read
   */
  public static ConnectorConfig load(Path file) {
    JsonNode json;
    try {
      json = JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "There is no file %s. Give a connector's configuration as POST /connectors takes it: config/ holds examples"
              .formatted(file.toAbsolutePath()),
          e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Cannot read %s: %s".formatted(file.toAbsolutePath(), e), e);
    }
    if (!json.path("name").isTextual() || !json.path("config").isObject()) {
      throw new IllegalArgumentException(
          "%s cannot be POSTed to /connectors: it must read {\"name\": \"..\", \"config\": {..}}"
              .formatted(file));
    }
    return new ConnectorConfig(json.get("name").textValue(), values(file, json.get("config")));
  }

  /** With this value in the place of the one it had, if any. */
  public ConnectorConfig with(String key, String value) {
    Map<String, String> more = new TreeMap<>(config);
    more.put(key, value);
    return new ConnectorConfig(name, more);
  }

  /** Without this key. */
  public ConnectorConfig without(String key) {
    Map<String, String> fewer = new TreeMap<>(config);
    fewer.remove(key);
    return new ConnectorConfig(name, fewer);
  }

  /** The same under another name. */
  public ConnectorConfig named(String other) {
    return new ConnectorConfig(other, config);
  }

  private static Map<String, String> values(Path file, JsonNode config) {
    Map<String, String> values = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : config.properties()) {
      if (!entry.getValue().isValueNode() || entry.getValue().isNull()) {
        throw new IllegalArgumentException(
            "%s: the value of %s must be a string, a number or a boolean, and is %s"
                .formatted(file, entry.getKey(), entry.getValue()));
      }
      values.put(entry.getKey(), entry.getValue().asText());
    }
    return values;
  }
}
