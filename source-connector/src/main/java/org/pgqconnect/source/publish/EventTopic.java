/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import org.apache.kafka.connect.data.Schema;
import org.pgqconnect.source.queue.Event;

/**
 * Where an application's own events go.
 *
 * @param topic the topic's name
 * @param key which field becomes a record's key
 */
public record EventTopic(String topic, String queue, Key key) {
  public EventTopic {
    requireNonNull(topic, "topic");
    requireNonNull(queue, "queue");
    requireNonNull(key, "key");
  }

  /** A field that becomes the key. */
  public enum Key {
    EV_EXTRA1,
    EV_TYPE,
    EV_ID,
    NONE;

    /** The field as the configuration names it. */
    public static Key of(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }
  }

  /** The events' name among a batch's counts. */
  String collection() {
    return "pgq." + queue;
  }

  Schema keySchema() {
    return key == Key.EV_ID ? Schema.INT64_SCHEMA : Schema.STRING_SCHEMA;
  }

  /** The key of an event, or null. */
  Object key(Event event) {
    switch (key) {
      case EV_EXTRA1:
        return event.extra1();
      case EV_TYPE:
        return event.type();
      case EV_ID:
        return event.id();
      default:
        return null;
    }
  }
}
