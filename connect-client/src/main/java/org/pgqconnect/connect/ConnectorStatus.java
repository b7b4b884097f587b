/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.connect;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a worker says of a connector.
 *
 * @param connector the connector itself
 * @param tasks its tasks; empty until it has made their configurations
 */
public record ConnectorStatus(Part connector, List<Part> tasks) {

  public ConnectorStatus {
    tasks = List.copyOf(tasks);
  }

  /**
   * The connector or one task.
   *
   * @param state as {@code RUNNING}, {@code PAUSED}, {@code STOPPED}, {@code FAILED}, {@code
   *     UNASSIGNED}
   * @param workerId the address of the worker that it runs on
   * @param trace the stack trace when it failed, else empty
   */
  public record Part(String state, String workerId, String trace) {

    static Part of(JsonNode json) {
      return new Part(
          json.path("state").asText(),
          json.path("worker_id").asText(),
          json.path("trace").asText(""));
    }
  }

  static ConnectorStatus of(JsonNode json) {
    List<Part> tasks = new ArrayList<>();
    json.path("tasks").forEach(task -> tasks.add(Part.of(task)));
    return new ConnectorStatus(Part.of(json.path("connector")), tasks);
  }

  /** Whether the connector and at least one task, and all of them, run. */
  public boolean isRunning() {
    return !tasks.isEmpty() && isAll("RUNNING");
  }

  /** Whether the connector and all tasks, if there are any, are in this state. */
  public boolean isAll(String state) {
    return parts().allMatch(part -> part.state().equals(state));
  }

  /** The trace of the first part that failed. */
  public Optional<String> failure() {
    return parts().filter(part -> part.state().equals("FAILED")).map(Part::trace).findFirst();
  }

  private Stream<Part> parts() {
    return Stream.concat(Stream.of(connector), tasks.stream());
  }
}
