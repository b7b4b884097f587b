package org.pgqconnect.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What an operator posts: {@code {"name": .., "config": {..}}}.
 *
 * @param name the connector's name
 * @param config its configuration
 */
record ConnectorFile(String name, Map<String, String> config) {
  private static final ObjectMapper JSON = new ObjectMapper();

  ConnectorFile {
    config = Map.copyOf(config);
  }

  static ConnectorFile empty() {
    return new ConnectorFile("", Map.of());
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException when it cannot be read or is no connector's file
   */
  static ConnectorFile read(Path path) {
    try {
      JsonNode root = JSON.readTree(Files.readString(path));
      if (!root.path("name").isTextual() || !root.path("config").isObject()) {
        throw new IllegalArgumentException(
            "%s is not a connector's file: it needs {\"name\": \"...\", \"config\": {...}}, as POST /connectors takes it"
                .formatted(path));
      }
      Map<String, String> config = new TreeMap<>();
      root.get("config")
          .properties()
          .forEach(field -> config.put(field.getKey(), field.getValue().asText()));
      return new ConnectorFile(root.get("name").asText(), config);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s is not JSON: %s".formatted(path, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "%s cannot be read: does the file exist?".formatted(path), e);
    }
  }

  Optional<String> get(String key) {
    return Optional.ofNullable(config.get(key));
  }

  /** The keys with a prefix, without it. */
  Properties withPrefix(String prefix) {
    Properties properties = new Properties();
    config.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            properties.setProperty(key.substring(prefix.length()), value);
          }
        });
    return properties;
  }
}
