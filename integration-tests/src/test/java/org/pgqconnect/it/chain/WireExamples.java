/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.Converter;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.process.ProjectHome;
import org.pgqconnect.wire.PlainJsonConverter;

/**
 * The examples of docs/wire-format.md, and how a real record becomes one: what differs from run to
 * run gets the value that the page has. A batch's tick is the same number in all examples.
 */
final class WireExamples {
  private static final int WIDTH = 112;
  private static final long EARLIER_TICK = 7;
  private static final long FIRST_EVENT = 101;
  private static final long FIRST_TRANSACTION = 7001;
  private static final long TABLE_OID = 16385;
  private static final long MILLIS = 1767225600000L;
  private static final String TICK_TIME = "2026-01-01 00:00:00+00";
  private static final String ATTEMPT = "1767225590000";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Converter keys = converter(true);
  private final Converter values = converter(false);
  private final Map<Long, Long> ticks = new HashMap<>();
  private final Map<Long, Long> events = new HashMap<>();
  private final Map<Long, Long> transactions = new HashMap<>();

  /** The one of the shipped files. */
  private static Converter converter(boolean isKey) {
    Converter converter = new PlainJsonConverter();
    converter.configure(Map.of(), isKey);
    return converter;
  }

  static Path page() {
    return ProjectHome.file("docs/wire-format.md");
  }

  /** The text between a marker and the end of the block that follows it. */
  static String block(String page, String name) {
    Matcher block = matcher(page, name);
    if (!block.find()) {
      throw new IllegalStateException("docs/wire-format.md has no example '" + name + "'");
    }
    return block.group(2);
  }

  static String replaced(String page, String name, String example) {
    return matcher(page, name).replaceFirst("$1" + Matcher.quoteReplacement(example) + "$3");
  }

  private static Matcher matcher(String page, String name) {
    return Pattern.compile("(<!-- record: " + name + " -->\n```json\n)(.*?)(```)", Pattern.DOTALL)
        .matcher(page);
  }

  static String readPage() throws IOException {
    return Files.readString(page());
  }

  /** Gives a batch the next number: call it in the order of the page. */
  void batch(JsonNode value) {
    ticks.putIfAbsent(value.at("/source/tick_id").asLong(), EARLIER_TICK + 1 + ticks.size());
  }

  /** A record as the page shows it. */
  String record(SourceRecord record) throws IOException {
    ObjectNode shown = NODES.objectNode();
    shown.put("topic", record.topic());
    shown.set("key", json(keys, record.topic(), record.keySchema(), record.key()));
    shown.set("value", value(record));
    return shown(shown);
  }

  /** What a consumer reads as the value. */
  JsonNode value(SourceRecord record) throws IOException {
    return json(values, record.topic(), record.valueSchema(), record.value());
  }

  private static JsonNode json(Converter converter, String topic, Schema schema, Object data)
      throws IOException {
    byte[] bytes = converter.fromConnectData(topic, schema, data);
    return bytes == null ? NODES.nullNode() : TopicReader.json(bytes);
  }

  /** A part of a record as the page shows it. */
  String shown(JsonNode node) throws IOException {
    return text(normalised("", node), 0) + "\n";
  }

  private JsonNode normalised(String field, JsonNode node) {
    if (node.isObject()) {
      ObjectNode object = NODES.objectNode();
      for (var member : node.properties()) {
        object.set(member.getKey(), normalised(member.getKey(), member.getValue()));
      }
      if (object.has("prev_tick_id")) {
        object.put("prev_tick_id", object.get("tick_id").asLong() - 1);
      }
      return object;
    }
    if (node.isArray()) {
      var array = NODES.arrayNode();
      node.forEach(element -> array.add(normalised(field, element)));
      return array;
    }
    return node.isTextual() ? text(field, node.asText()) : number(field, node);
  }

  private JsonNode number(String field, JsonNode node) {
    if (!node.isIntegralNumber()) {
      return node;
    }
    long value = node.asLong();
    return switch (field) {
      case "ts_ms" -> NODES.numberNode(MILLIS);
      case "ts_us" -> NODES.numberNode(MILLIS * 1000);
      case "tick_id", "consistent_tick_id" -> NODES.numberNode(tick(value));
      case "ev_id" -> NODES.numberNode(numbered(events, FIRST_EVENT, value));
      case "tx_id" -> NODES.numberNode(numbered(transactions, FIRST_TRANSACTION, value));
      case "copy_id" -> NODES.numberNode(1);
      case "number" -> NODES.numberNode(TABLE_OID << 16 | value & 0xffff);
      default -> node;
    };
  }

  private long tick(long real) {
    return real == 0 ? 0 : ticks.getOrDefault(real, EARLIER_TICK);
  }

  private static long numbered(Map<Long, Long> known, long first, long real) {
    if (real == 0) {
      return 0;
    }
    known.putIfAbsent(real, first + known.size());
    return known.get(real);
  }

  private JsonNode text(String field, String value) {
    return NODES.textNode(
        switch (field) {
          case "version" -> "1.0";
          case "provider" -> "5e0a3c52-8a3b-4c52-9d5e-0d2f6a1c7b10";
          case "queue_identity" -> "c2f7a9d4-1b60-4f8e-a3d7-93be40a85f26";
          case "tick_time" -> TICK_TIME;
          case "snapshot" -> value.contains(":") ? "7002:7002:" : value;
          case "id" -> batch(value);
          default -> value;
        });
  }

  private String batch(String value) {
    int colon = value.indexOf(':');
    return colon < 0 ? value : tick(Long.parseLong(value.substring(0, colon))) + ":" + ATTEMPT;
  }

  /**
   * On one line where that is short enough; else members without members of their own fill lines.
   */
  private static String text(JsonNode node, int indent) throws IOException {
    String line = oneLine(node);
    if (!node.isContainerNode() || indent + line.length() <= WIDTH) {
      return line;
    }
    boolean flat = true;
    List<String> members = new ArrayList<>();
    for (JsonNode member : node) {
      flat &= !member.isContainerNode();
    }
    if (node.isArray()) {
      for (JsonNode element : node) {
        members.add(text(element, indent + 2));
      }
    } else {
      for (var member : node.properties()) {
        String name = JSON.writeValueAsString(member.getKey()) + ": ";
        members.add(name + text(member.getValue(), indent + 2));
      }
    }
    String inner = "\n" + " ".repeat(indent + 2);
    String body = flat ? filled(members, inner) : String.join("," + inner, members);
    String end = inner.substring(0, inner.length() - 2);
    return (node.isArray() ? "[" : "{") + inner + body + end + (node.isArray() ? "]" : "}");
  }

  private static String filled(List<String> members, String newLine) {
    StringBuilder lines = new StringBuilder();
    int column = newLine.length();
    for (String member : members) {
      if (lines.length() > 0) {
        boolean fits = column + member.length() <= WIDTH;
        lines.append(fits ? ", " : "," + newLine);
        column = fits ? column : newLine.length();
      }
      lines.append(member);
      column += member.length() + 2;
    }
    return lines.toString();
  }

  private static String oneLine(JsonNode node) throws IOException {
    if (!node.isContainerNode()) {
      return JSON.writeValueAsString(node);
    }
    List<String> members = new ArrayList<>();
    if (node.isArray()) {
      for (JsonNode element : node) {
        members.add(oneLine(element));
      }
      return "[" + String.join(", ", members) + "]";
    }
    for (var member : node.properties()) {
      members.add(JSON.writeValueAsString(member.getKey()) + ": " + oneLine(member.getValue()));
    }
    return "{" + String.join(", ", members) + "}";
  }
}
