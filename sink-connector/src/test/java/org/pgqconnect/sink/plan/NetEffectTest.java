/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.assemble.RowChange;
import org.pgqconnect.sink.assemble.TestImages;
import org.pgqconnect.sink.plan.KeyReader.Equality;
import org.pgqconnect.sink.plan.KeyReader.KeyColumn;
import org.pgqconnect.sink.target.KeyEqualityTest;

class NetEffectTest {
  private static final TableId T = new TableId("public", "t");
  private final TestImages images = new TestImages();
  private final NetEffect effect =
      new NetEffect(new KeyReader(List.of(new KeyColumn("id", Equality.TEXT)), OlderRows.NONE));

  private Image image(long id, String value) {
    return images.image(T, Map.of("id", id, "v", value));
  }

  private void add(String operation, Image before, Image after) {
    effect.add(new RowChange(Operation.of(operation), 1, before, after), true);
  }

  private String result() {
    return (effect.truncates() ? "T" : "")
        + text("d", effect.deletes())
        + text("u", effect.upserts())
        + text("i", effect.inserts());
  }

  private static String text(String kind, List<Image> images) {
    StringBuilder text = new StringBuilder();
    images.forEach(i -> text.append(kind).append(i.get("id")).append(i.get("v")));
    return text.toString();
  }

  /** Operations as letter, key and value, e.g. c1a. */
  @ParameterizedTest
  @CsvSource({
    "c1a, i1a",
    "c1a u1b, i1b",
    "c1a d1-, d1-",
    "c1a d1- c1b, u1b",
    "u1a u1b, u1b",
    "u1a d1-, d1-",
    "d1- c1a, u1a",
    "d1- c1a u1b, u1b",
    "d1- c1a d1-, d1-",
    "r1a, i1a",
    "c1a t0- c1b, Ti1b",
    "d1- t0-, T",
    "t0- d1-, T",
    "u2a c1b d3-, d3-u2ai1b",
    "d1- c2a, d1-i2a"
  })
  void collapses(String operations, String expected) {
    for (String operation : operations.split(" ")) {
      Image image = image(operation.charAt(1) - '0', operation.substring(2));
      String op = operation.substring(0, 1);
      add(op, op.equals("d") ? image : null, op.equals("d") || op.equals("t") ? null : image);
    }
    assertThat(result()).isEqualTo(expected);
  }

  @Test
  void anUpdateThatMovesTheKeyDeletesTheOldOne() {
    add("u", image(1, "a"), image(2, "a"));
    assertThat(result()).isEqualTo("d1au2a");
  }

  @Test
  void rowsThatMayBeThereAreUpserts() {
    effect.add(new RowChange(Operation.CREATE, 1, null, image(1, "a")), false);
    assertThat(result()).isEqualTo("u1a");
  }

  @Test
  void rowsFromBeforeACopyCountAsBroughtOnceTheCopyOrALaterChangeBringsThem() {
    add("u", image(1, "a"), image(1, "a"));
    add("c", null, image(2, "a"));
    effect.copyBegins();
    effect.bringRows(false);
    add("c", null, image(3, "a"));
    add("c", null, image(4, "a"));
    effect.bringRows(true);
    add("r", null, image(3, "b"));
    add("u", null, image(2, "b"));
    add("c", null, image(5, "b"));
    add("d", image(5, "b"), null);
    assertThat(text("", effect.brought())).isEqualTo("2b3b");
    assertThat(result()).isEqualTo("d5bu1ai2bi3bi4a");
  }

  private static Equality equality(String type) {
    return Equality.of(KeyEqualityTest.here(type, type, null));
  }

  @Test
  void textsUnderACollationThatTakesDifferentOnesForEqualAreNotKnownToDiffer() {
    for (String type : new String[] {"text", "bpchar"}) {
      Equality loose = Equality.of(KeyEqualityTest.here(type, type, "loose"));
      assertThat(loose.isExact()).isFalse();
      assertThat(loose.normal("a ")).isEqualTo("a ");
      assertThat(equality(type).isExact()).isTrue();
    }
  }

  @Test
  void keysAreEqualWherePostgresTakesThemToBe() {
    assertThat(equality("numeric").normal("1.00")).isEqualTo(Equality.NUMERIC.normal("1"));
    assertThat(equality("numeric").normal("100")).isEqualTo(Equality.NUMERIC.normal("1e2"));
    assertThat(equality("numeric").normal("NaN")).isEqualTo("NaN");
    assertThat(equality("bpchar").normal("a  ")).isEqualTo("a");
    assertThat(equality("citext").normal("aB")).isEqualTo("ab");
    assertThat(equality("text").normal("a ")).isEqualTo("a ");
    assertThat(equality("bytea").normal(new byte[] {1}))
        .isEqualTo(Equality.TEXT.normal(new byte[] {1}));
  }

  @Test
  void aKeyIsTheSameAfterItsColumnBecameWider() {
    assertThat(equality("int8").normal(5)).isEqualTo(Equality.TEXT.normal(5L)).isEqualTo(5L);
    assertThat(equality("int4").normal((short) 5)).isEqualTo(5L);
    assertThat(Equality.NUMERIC.normal(100L))
        .isEqualTo(Equality.NUMERIC.normal("100.0"))
        .isEqualTo(Equality.NUMERIC.normal(100));
    assertThat(Equality.NUMERIC.normal("0.00")).isEqualTo(Equality.NUMERIC.normal(0));
    add("c", null, images.image(T, Map.of("id", 5, "v", "a")));
    add("d", image(5, "-"), null);
    assertThat(result()).isEqualTo("d5-");
  }

  @Test
  void keysAreNotEqualWherePostgresTellsThemApart() {
    assertThat(Equality.PADDED.normal("a\t ")).isEqualTo("a\t");
    assertThat(Equality.PADDED.normal("a\u2003")).isEqualTo("a\u2003");
    assertThat(Equality.CASE_INSENSITIVE.normal("A\u0130")).isEqualTo("a\u0130");
  }

  @Test
  void aKeyOfSeveralColumnsIsComparedAsAWhole() {
    KeyReader reader =
        new KeyReader(
            List.of(new KeyColumn("id", Equality.TEXT), new KeyColumn("v", Equality.TEXT)),
            OlderRows.NONE);
    assertThat(Set.of(reader.of(image(1, "a")), reader.of(image(1, "b")))).hasSize(2);
    assertThat(reader.of(image(1, "a"))).isEqualTo(reader.of(image(1, "a")));
    assertThatThrownBy(() -> reader.of(images.image(T, Map.of("id", 1L))))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("A row arrived without key column v, only with [id]");
  }

  /** A trigger's changes of rows of its own statement are captured before these. */
  @Test
  void aRowThatIsCreatedAfterItWasChangedNeedNotHaveBeenThere() {
    effect.expectRows(true);
    add("u", null, image(1, "b"));
    add("c", null, image(1, "a"));
    add("c", null, image(1, "b"));
    add("d", image(2, "a"), null);
    add("c", null, image(2, "a"));
    add("d", image(2, "a"), null);
    assertThat(text("", effect.upserts(false))).isEqualTo("1b");
    assertThat(text("", effect.deletes(false))).isEqualTo("2a");
  }

  @Test
  void rowsMustBeThereThatTheChangesDidNotPutThere() {
    effect.expectRows(true);
    add("c", null, image(1, "a"));
    add("u", null, image(1, "b"));
    add("u", null, image(2, "a"));
    add("d", image(3, "a"), null);
    add("c", null, image(3, "b"));
    add("u", image(4, "a"), image(5, "a"));
    add("c", null, image(6, "a"));
    add("d", image(6, "a"), null);
    add("d", image(7, "a"), null);
    assertThat(text("", effect.upserts(true))).isEqualTo("2a3b");
    assertThat(text("", effect.upserts(false))).isEqualTo("5a");
    assertThat(text("", effect.deletes(true))).isEqualTo("4a7a");
    assertThat(text("", effect.deletes(false))).isEqualTo("6a");
    add("t", null, null);
    add("u", null, image(2, "a"));
    assertThat(effect.upserts(true)).isEmpty();
  }
}
