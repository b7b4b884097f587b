/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.options;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.postgres.ConnectionConfig;

/**
 * The values of a connector's file as its worker will see them: {@code ${file:...}}, {@code
 * ${env:...}} and {@code ${dir:...}} are replaced as Kafka's config providers of these names do.
 */
public final class FileValues {
  static final String PGPASSWORD = "PGPASSWORD";

  /** As Kafka reads it. */
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*?):(([^}]*?):)?([^}]*?)\\}");

  private final ConnectorConfig file;
  private final UnaryOperator<String> environment;

  public FileValues(ConnectorConfig file, UnaryOperator<String> environment) {
    this.file = file;
    this.environment = environment;
  }

  /** Of a connector's file, with the environment of this process. */
  public static FileValues of(ConnectorConfig file) {
    return new FileValues(file, System::getenv);
  }

  /**
   * A password and where it was taken from.
   *
   * @param value null when there is none
   * @param origin where an operator corrects it
   */
  record Secret(String value, String origin) {}

  /**
   * @throws IllegalArgumentException when the value is to come from where this command cannot look
   */
  Optional<String> get(String key) {
    return Optional.ofNullable(file.config().get(key)).map(value -> resolved(key, value));
  }

  /** Those of these keys that the file has and that are not blank. */
  public Map<String, String> some(String... keys) {
    Map<String, String> some = new HashMap<>();
    for (String key : keys) {
      given(key).ifPresent(value -> some.put(key, value));
    }
    return some;
  }

  /** The same as {@link #get}, without what is blank: the connector takes its default then. */
  public Optional<String> given(String key) {
    return get(key).filter(value -> !value.isBlank());
  }

  /** Whether a key has this value. */
  public boolean is(String key, String value) {
    return get(key).filter(value::equals).isPresent();
  }

  /** The name that the source connector has in PgQ. */
  public String consumer() {
    return given("consumer.name").orElse(file.name());
  }

  /** The subscription of a sink connector. */
  public String subscription() {
    return given("subscription.name").orElse(file.name());
  }

  /**
   * What the connector will log in with. Of another role the file knows nothing, and where the file
   * cannot be resolved here, the environment helps out.
   *
   * @param user the role to log in as
   */
  Secret password(String user) {
    String fromEnvironment = environment.apply(PGPASSWORD);
    boolean sameRole = get(ConnectionConfig.USER).map(user::equals).orElse(false);
    if (!sameRole || file.config().get(ConnectionConfig.PASSWORD) == null) {
      return new Secret(fromEnvironment, "$" + PGPASSWORD);
    }
    String inFile =
        "%s of connector \"%s\"".formatted(ConnectionConfig.PASSWORD, file.name())
            + (fromEnvironment == null
                ? ""
                : " (which the connector will use, and so $%s was not)".formatted(PGPASSWORD));
    try {
      return new Secret(get(ConnectionConfig.PASSWORD).orElseThrow(), inFile);
    } catch (IllegalArgumentException e) {
      if (fromEnvironment == null) {
        throw new IllegalArgumentException(
            e.getMessage() + ". Or give the password: --password, or $" + PGPASSWORD, e);
      }
      return new Secret(fromEnvironment, "$" + PGPASSWORD);
    }
  }

  private String resolved(String key, String value) {
    return VARIABLE
        .matcher(value)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    lookUp(
                        "%s of connector \"%s\" is %s".formatted(key, file.name(), found.group()),
                        found.group(1),
                        found.group(3),
                        found.group(4))));
  }

  private String lookUp(String what, String provider, String path, String name) {
    String found;
    try {
      found =
          switch (provider) {
            case "env" -> environment.apply(name);
            case "file" -> property(path, name);
            case "dir", "directory" -> Files.readString(Path.of(path, name));
            default ->
                throw new IllegalArgumentException(
                    ("%s, which only the worker's config provider \"%s\" can resolve;"
                            + " this command knows file, env and dir")
                        .formatted(what, provider));
          };
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "%s, and %s cannot be read here: %s. Run the command where the worker runs"
              .formatted(what, path, e.getClass().getSimpleName()),
          e);
    }
    if (found == null) {
      throw new IllegalArgumentException(
          "%s, and there is no %s here. Set it as for the worker"
              .formatted(what, path == null ? "variable " + name : name + " in " + path));
    }
    return found;
  }

  private static String property(String path, String name) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(String.valueOf(path)))) {
      properties.load(reader);
    }
    return properties.getProperty(name);
  }
}
