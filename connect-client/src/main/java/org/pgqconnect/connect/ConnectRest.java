/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.connect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The REST API of a Connect worker.
 *
 * <p>A request that the worker cannot complete because its group is just rebalancing is sent again.
 * Everything else that is not a success is a {@link ConnectRestException}.
 */
public final class ConnectRest {

  private static final Logger LOG = LoggerFactory.getLogger(ConnectRest.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(100);
  private static final Duration REBALANCE_TIMEOUT = Duration.ofSeconds(60);
  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;

  /** How every conflict begins that passes; "already exists" does not. */
  private static final String REBALANCING = "Cannot complete request";

  private final URI base;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();

  /**
   * @param base as {@code http://127.0.0.1:8083}
   */
  public ConnectRest(URI base) {
    this.base = base;
  }

  public URI base() {
    return base;
  }

  /** Where a connector's resources are. */
  public String address(String connector) {
    return base.resolve(path(connector)).toString();
  }

  /** The names of all connectors. */
  public List<String> list() {
    List<String> names = new ArrayList<>();
    get("/connectors").forEach(name -> names.add(name.asText()));
    return names;
  }

  /** Creates the connector; fails when it exists. */
  public void create(ConnectorConfig connector) {
    send("POST", "/connectors", connector);
  }

  /** Creates the connector, or gives it this configuration. */
  public void put(ConnectorConfig connector) {
    send("PUT", path(connector.name()) + "/config", connector.config());
  }

  /** The configuration that the connector has. */
  public Map<String, String> config(String name) {
    Map<String, String> config = new TreeMap<>();
    get(path(name) + "/config")
        .properties()
        .forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));
    return config;
  }

  /**
   * Asks the connector's class for its opinion: the errors by key, without the keys that are fine.
   */
  public Map<String, List<String>> validate(ConnectorConfig connector) {
    String type = connector.config().get("connector.class");
    Map<String, String> config = new TreeMap<>(connector.config());
    config.put("name", connector.name());
    JsonNode answer =
        send("PUT", "/connector-plugins/" + encode(type) + "/config/validate", config);
    Map<String, List<String>> errors = new TreeMap<>();
    for (JsonNode item : answer.path("configs")) {
      JsonNode value = item.path("value");
      List<String> messages = new ArrayList<>();
      value.path("errors").forEach(message -> messages.add(message.asText()));
      if (!messages.isEmpty()) {
        errors.put(value.path("name").asText(), messages);
      }
    }
    return errors;
  }

  /** The classes of all connectors, converters and transforms, with their versions. */
  public Map<String, String> plugins() {
    Map<String, String> versions = new TreeMap<>();
    get("/connector-plugins?connectorsOnly=false")
        .forEach(
            plugin -> versions.put(plugin.path("class").asText(), plugin.path("version").asText()));
    return versions;
  }

  /** The status; empty until the worker knows of the connector. */
  public Optional<ConnectorStatus> status(String name) {
    try {
      return Optional.of(ConnectorStatus.of(get(path(name) + "/status")));
    } catch (ConnectRestException e) {
      if (e.status() == NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Waits until the connector and all its tasks run; fails with the trace when one of them has
   * failed for two seconds.
   */
  public void waitRunning(String name, Duration timeout) {
    Await.atMost(timeout, "connector " + name + " to run")
        .unless(
            new LastingFailure(
                () -> status(name).flatMap(ConnectorStatus::failure), System::nanoTime))
        .until(() -> status(name), is -> is.isPresent() && is.get().isRunning());
  }

  /**
   * Waits until the connector or a task has failed, and returns its trace; right after a restart
   * that may still be the failure of before.
   */
  public String waitFailed(String name, Duration timeout) {
    return Await.atMost(timeout, "connector " + name + " to fail")
        .until(() -> status(name), is -> is.flatMap(ConnectorStatus::failure).isPresent())
        .flatMap(ConnectorStatus::failure)
        .orElseThrow();
  }

  /** Waits until the connector and all its tasks are in this state, as {@code PAUSED}. */
  public void waitState(String name, String state, Duration timeout) {
    Await.atMost(timeout, "connector " + name + " to be " + state)
        .until(() -> status(name), is -> is.isPresent() && is.get().isAll(state));
  }

  public void pause(String name) {
    send("PUT", path(name) + "/pause", null);
  }

  public void resume(String name) {
    send("PUT", path(name) + "/resume", null);
  }

  /** Ends the tasks and keeps the connector: what its offsets can be changed in. */
  public void stop(String name) {
    send("PUT", path(name) + "/stop", null);
  }

  /** Restarts the connector and all its tasks. */
  public void restart(String name) {
    send("POST", path(name) + "/restart?includeTasks=true", null);
  }

  public void delete(String name) {
    send("DELETE", path(name), null);
  }

  /** The worker's answer: {@code {"offsets": [{"partition": .., "offset": ..}]}}. */
  public JsonNode offsets(String name) {
    return get(path(name) + "/offsets");
  }

  /** Changes the offsets of a stopped connector; the body is as {@link #offsets} answers. */
  public void patchOffsets(String name, JsonNode offsets) {
    send("PATCH", path(name) + "/offsets", offsets);
  }

  /** Forgets the offsets of a stopped connector. */
  public void deleteOffsets(String name) {
    send("DELETE", path(name) + "/offsets", null);
  }

  /** Whether the worker has started and joined its group; false also when it does not answer. */
  public boolean isHealthy() {
    try {
      return exchange("GET", "/health", BodyPublishers.noBody()).statusCode() == 200;
    } catch (UncheckedIOException e) {
      LOG.trace("{} does not answer yet", base, e);
      return false;
    }
  }

  private JsonNode get(String path) {
    return send("GET", path, null);
  }

  private JsonNode send(String method, String path, Object body) {
    HttpResponse<String> response = exchange(method, path, publisher(body));
    if (isRebalancing(response)) {
      response =
          Await.atMost(REBALANCE_TIMEOUT, "the end of the rebalance before " + method + " " + path)
              .every(Duration.ofMillis(200))
              .until(() -> exchange(method, path, publisher(body)), r -> !isRebalancing(r));
    }
    if (response.statusCode() / 100 != 2) {
      throw new ConnectRestException(method, path, response.statusCode(), response.body());
    }
    return response.body().isEmpty() ? MissingNode.getInstance() : parse(response.body());
  }

  private static boolean isRebalancing(HttpResponse<String> response) {
    return response.statusCode() == CONFLICT && response.body().contains(REBALANCING);
  }

  private HttpResponse<String> exchange(String method, String path, BodyPublisher body) {
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(REQUEST_TIMEOUT)
            .header("Content-Type", "application/json")
            .method(method, body)
            .build();
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new UncheckedIOException(
          "Nothing listens on %s. Start the Connect worker, or name one that runs, as --connect http://localhost:8083"
              .formatted(base),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "%s %s%s got no answer: %s. If no Connect worker listens there, name one: --connect http://localhost:8083"
              .formatted(method, base, path, e.getMessage() == null ? e : e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted in " + method + " " + path, e);
    }
  }

  private static BodyPublisher publisher(Object body) {
    try {
      return body == null
          ? BodyPublishers.noBody()
          : BodyPublishers.ofString(JSON.writeValueAsString(body));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Not to be written as JSON: " + body, e);
    }
  }

  private static JsonNode parse(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("The worker's answer is not JSON: " + body, e);
    }
  }

  private static String path(String connector) {
    return "/connectors/" + encode(connector);
  }

  private static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
