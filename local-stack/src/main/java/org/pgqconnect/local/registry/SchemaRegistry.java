/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.registry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.process.ChildProcess;
import org.pgqconnect.local.process.FreePorts;
import org.pgqconnect.local.process.ProjectHome;
import org.pgqconnect.local.process.StackDirectory;

/**
 * Apicurio Registry in a process of its own. Its schemas are in a file, so that they are there
 * again when it is started anew.
 */
public final class SchemaRegistry implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(4);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

  private final StackDirectory directory;
  private final Path home;
  private final int port = FreePorts.take();
  private final HttpClient client = HttpClient.newHttpClient();
  private ChildProcess process;

  private SchemaRegistry(StackDirectory directory) {
    this.directory = directory;
    this.home = directory.make("registry");
  }

  /**
   * Starts one.
   *
   * @throws IllegalStateException when the build has not unpacked it, or it does not start; the
   *     message has the end of its log
   */
  public static SchemaRegistry start() {
    SchemaRegistry registry = new SchemaRegistry(StackDirectory.create());
    try {
      registry.launch();
      return registry;
    } catch (RuntimeException e) {
      registry.close();
      throw e;
    }
  }

  /** The directory of the plugin with the registry's converters, for {@code plugin.path}. */
  public static Path converters() {
    return built("plugins");
  }

  private static Path built(String part) {
    Path built = ProjectHome.file("schema-registry/target/" + part);
    if (!Files.isDirectory(built)) {
      throw new IllegalStateException(
          "The schema registry is not unpacked in %s: run mvn package".formatted(built));
    }
    return built;
  }

  /** The address of Apicurio's own API. */
  public String url() {
    return "http://127.0.0.1:" + port + "/apis/registry/v2";
  }

  /** Starts it again, at the same address and with its schemas, and waits until it answers. */
  public void launch() {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                // A busy machine is no error.
                "-Dquarkus.transaction-manager.default-transaction-timeout=120s",
                "-Dquarkus.datasource.jdbc.acquisition-timeout=60s",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + port,
                "-Dquarkus.datasource.jdbc.url=jdbc:h2:file:" + home.resolve("schemas"),
                "-jar",
                runner().toString()));
    builder.directory(home.toFile());
    process =
        ChildProcess.start(
            "The schema registry on port " + port, builder, home.resolve("registry.log"), "KILL");
    try {
      Await.atMost(START_TIMEOUT, "the schema registry on port " + port)
          .every(Duration.ofMillis(200))
          .unless(process::ended)
          .until(this::isReady);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          e.getMessage() + System.lineSeparator() + process.describeLog(), e);
    }
  }

  private static Path runner() {
    Path server = built("server");
    try (Stream<Path> files = Files.list(server)) {
      return files
          .filter(file -> file.toString().endsWith("-runner.jar"))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("No server is in " + server));
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + server, e);
    }
  }

  private boolean isReady() {
    try {
      return get(URI.create(url() + "/system/info")).statusCode() == 200;
    } catch (IOException e) {
      return false; // not yet
    }
  }

  private HttpResponse<String> get(URI address) throws IOException {
    try {
      return client.send(
          HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(10)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted", e);
    }
  }

  public void stop() {
    process.stop("TERM", STOP_TIMEOUT);
  }

  /** Stops it and deletes its schemas. */
  @Override
  public void close() {
    if (process != null) {
      stop();
    }
    directory.close();
  }
}
