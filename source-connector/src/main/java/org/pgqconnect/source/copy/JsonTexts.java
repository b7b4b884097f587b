/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.pgqconnect.failure.StopException;

/** Lists of texts as the provider takes and gives them: JSON arrays. */
final class JsonTexts {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};

  private JsonTexts() {}

  /** A row's key; empty for null. */
  static List<String> readKey(String json) {
    try {
      return json == null ? List.of() : JSON.readValue(json, TEXTS);
    } catch (JsonProcessingException e) {
      throw new StopException("last_key in pgq_connect.table_copy cannot be read: " + json, e);
    }
  }

  static String write(List<String> texts) {
    try {
      return JSON.writeValueAsString(texts);
    } catch (JsonProcessingException e) {
      throw new StopException("A key cannot be written", e);
    }
  }
}
