/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.setup;

import static java.util.Objects.requireNonNull;

/**
 * Something to fix before the connector can run.
 *
 * @param key the key of the configuration that it is about
 * @param message what is wrong, and what to do
 */
public record Problem(String key, String message) {
  public static final String QUEUE_NAME = "queue.name";
  public static final String CONSUMER_NAME = "consumer.name";
  public static final String TOPIC_PREFIX = "topic.prefix";
  public static final String EVENTS_TOPIC = "events.topic";
  public static final String MODE = "mode";

  public Problem {
    requireNonNull(key, "key");
    requireNonNull(message, "message");
  }
}
