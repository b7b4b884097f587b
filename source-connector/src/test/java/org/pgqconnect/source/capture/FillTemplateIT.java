/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** What the generator's texts are made with. */
class FillTemplateIT {
  private static TestDatabase database;
  private static TestSession session;

  @BeforeAll
  static void open() {
    database = TestServer.EMBEDDED.newDatabase().withQueue();
    session = database.open();
  }

  @AfterAll
  static void close() {
    session.close();
    database.close();
  }

  @Test
  void putsTextsWhereTheirNamesAre() {
    assertThat(filled("'select {{a}} from {{b}}, {{a}}', 'b', 't', 'a', 'x'"))
        .isEqualTo("select x from t, x");
    assertThat(filled("'{{a}}{{b}}', 'a', '1', 'b', '2'")).isEqualTo("12");
    assertThat(filled("'{a} }} % %s', variadic '{}'")).isEqualTo("{a} }} % %s");
    assertThat(filled("'', variadic '{}'")).isEmpty();
  }

  @Test
  void quotesAsTheMarkerSays() {
    assertThat(filled("$${{a}} {{'a'}} {{\"a\"}}$$, 'a', $$it's \"a\"$$"))
        .isEqualTo("it's \"a\" 'it''s \"a\"' \"it's \"\"a\"\"\"");
    assertThat(filled("$${{'a'}} {{\"b\"}}$$, 'a', $$a\\b$$, 'b', 'plain'"))
        .isEqualTo("E'a\\\\b' plain");
    assertThat(filled("$$<{{a}}> {{'a'}}$$, 'a', null")).isEqualTo("<> NULL");
  }

  @Test
  void leavesWhatItPutInAlone() {
    assertThat(filled("'{{a}} {{b}}', 'a', '{{b}} \\1 %s', 'b', '{{a}}'"))
        .isEqualTo("{{b}} \\1 %s {{a}}");
    assertThat(filled("$${{'a'}}$$, 'a', '{{c}}'")).isEqualTo("'{{c}}'");
  }

  @Test
  void reportsMarkersWithoutTextAndTextsWithoutMarker() {
    assertFails("'{{a}} {{c}}', 'a', '1'", "A template has marker {{c}}, and no text for it");
    assertFails("'{{a', 'a', '1'", "A template has marker {{a}}, and no text for it");
    assertFails("$${{'a\"}}$$, 'a', '1'", "A template has marker {{'a\"}}, and no text for it");
    assertFails("$${{\"a\"}}$$, 'a', null", "A template has marker {{\"a\"}}, and no text for it");
    assertFails(
        "'{{a}}', 'a', '1', 'b', '2'",
        "A template has no marker {{b}}, and there is a text for it");
    assertFails(
        "'{{a}}', 'a', '1', 'a', '2'",
        "A template has no marker {{a}}, and there is a text for it");
    assertFails("'{{a}}', 'a'", "A template has an odd number of names and texts");
  }

  private static String filled(String arguments) {
    return session.rows("select pgq_connect.fill_template(" + arguments + ")").get(0);
  }

  private static void assertFails(String arguments, String message) {
    assertThatThrownBy(() -> filled(arguments)).hasStackTraceContaining(message);
  }
}
