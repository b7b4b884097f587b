/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.batch.DefinitionChange.Renamed;
import org.pgqconnect.batch.TableDefinition.Column;

class DefinitionChangeTest {
  private static final TableId T = new TableId("public", "t");
  private static final Column ID = new Column("id", "integer", true, "int4", null, null, 1, null);

  private static Column column(
      String name, String type, boolean notNull, String fill, long number) {
    return new Column(name, type, notNull, null, null, fill, number, null);
  }

  private static DefinitionChange change(Column before, Column after) {
    return change(before == null ? List.of() : List.of(before), List.of(after));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "varchar(20) | varchar(20) | true",
        "character varying(20) | character varying(40) | true",
        "character varying(20) | text | true",
        "text | character varying(40) | false",
        "character varying(40) | character varying(20) | false",
        "smallint | bigint | true",
        "bigint | integer | false",
        "text | integer | false",
        "integer | text | false",
        "numeric(10,2) | numeric(12,2) | true",
        "numeric(10,2) | numeric | true",
        "numeric(10,2) | numeric(12,1) | false",
        "timestamp without time zone | timestamp with time zone | false",
        "json | jsonb | false"
      })
  void aWiderTypeKeepsTheValuesAndOthersNeedACopy(String before, String after, boolean keeps) {
    assertThat(
            change(column("v", before, false, null, 2), column("v", after, false, null, 2))
                .copyNeeded()
                .isEmpty())
        .isEqualTo(keeps);
  }

  private static TableDefinition keyed(List<String> key, Column... columns) {
    return new TableDefinition(new TableId("public", "t"), List.of(columns), key);
  }

  @Test
  void aKeyIsTheSameWhateverItsColumnsAreCalled() {
    Column a = column("a", "integer", true, null, 1);
    Column b = column("b", "integer", true, null, 2);
    Column renamed = column("c", "integer", true, null, 1);
    TableDefinition before = keyed(List.of("a"), a, b);
    assertThat(new DefinitionChange(before, keyed(List.of("c"), renamed, b)).otherKey()).isEmpty();
    assertThat(
            new DefinitionChange(keyed(List.of("a", "b"), a, b), keyed(List.of("b", "a"), a, b))
                .otherKey())
        .isEmpty();
    assertThat(new DefinitionChange(before, keyed(List.of("b"), a, b)).otherKey())
        .contains(
            "its key was changed from (a) to (b), and rows came with it, which may be from before"
                + " the change");
    assertThat(new DefinitionChange(before, keyed(List.of("b", "a"), a, b)).otherKey()).isPresent();
    // Another column has the name.
    assertThat(
            new DefinitionChange(
                    before, keyed(List.of("a"), column("a", "integer", true, null, 3), b))
                .otherKey())
        .isPresent();
  }

  @Test
  void aDomainOverTheSameTypeKeepsTheValues() {
    Column plain = new Column("v", "integer", false, "int4", null, null, 2, null);
    Column domain = domain("public.positive", "int4", "integer");
    assertThat(change(plain, domain).copyNeeded()).isEmpty();
  }

  @Test
  void aDomainOfAnotherScaleNeedsACopy() {
    Column cents = domain("public.cents", "numeric", "numeric(12,2)");
    assertThat(change(cents, domain("public.wide", "numeric", "numeric(14,2)")).copyNeeded())
        .isEmpty();
    assertThat(
            change(cents, domain("public.dimes", "numeric", "numeric(12,1)"))
                .copyNeeded()
                .orElseThrow())
        .contains("column \"v\" was changed from public.cents to public.dimes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"row(a integer, b integer)", "row(a integer, b integer)[]", "range(integer)"})
  void anotherTypeThatIsMadeOfTheSameNeedsACopy(String madeOf) {
    Column one = domain("public.one", "public.one", madeOf);
    assertThat(
            change(one, domain("public.other", "public.other", madeOf)).copyNeeded().orElseThrow())
        .contains("column \"v\" was changed from public.one to public.other");
    assertThat(change(one, domain("public.over_one", "public.one", madeOf)).copyNeeded()).isEmpty();
  }

  @Test
  void aTypeThatIsMadeAnewUnderItsNameNeedsACopyUnlessItHoldsAsMuch() {
    Column cents = domain("public.cents", "numeric", "numeric(12,2)");
    assertThat(change(cents, domain("public.cents", "numeric", "numeric(12,1)")).copyNeeded())
        .isPresent();
    assertThat(change(cents, domain("public.cents", "numeric", "numeric(14,2)")).copyNeeded())
        .isEmpty();
    assertThat(change(cents, domain("public.cents", "numeric", null)).copyNeeded()).isEmpty();
  }

  @Test
  void aCompositeTypeThatIsAlteredKeepsTheValues() {
    Column pair = domain("public.pair", "public.pair", "row(a integer)");
    assertThat(
            change(pair, domain("public.pair", "public.pair", "row(a integer, b integer)"))
                .copyNeeded())
        .isEmpty();
  }

  private static Column domain(String name, String base, String expanded) {
    return new Column("v", name, false, base, null, null, 2, null, expanded);
  }

  @Test
  void aNewColumnNeedsACopyOnlyWhenRowsDifferInIt() {
    Column constant = column("s", "text", true, "DEFAULT 'active'::text", 2);
    assertThat(change(null, constant).copyNeeded()).isEmpty();
    assertThat(change(null, constant).addedAlike()).containsExactly(constant);
    Column empty = column("s", "text", false, null, 2);
    assertThat(change(null, empty).addedAlike()).containsExactly(empty);
    for (String fill : new String[] {"GENERATED", "IDENTITY", "COMPUTED"}) {
      assertThat(change(null, column("s", "text", false, fill, 2)).copyNeeded().orElseThrow())
          .contains("column \"s\" was added");
    }
    assertThat(change(null, column("s", "text", true, null, 2)).copyNeeded()).isPresent();
  }

  @Test
  void aColumnKeepsItsNumberWhenItGetsAnotherName() {
    Column old = column("v", "text", false, null, 2);
    assertThat(change(old, column("w", "text", false, null, 2)).renamed())
        .containsExactly(new Renamed("v", "w"));
  }

  @Test
  void aColumnThatIsDroppedAndAddedUnderItsNameIsANewOne() {
    Column old = column("v", "text", false, null, 2);
    Column again = column("v", "text", false, null, 3);
    assertThat(change(old, again).renamed()).isEmpty();
    assertThat(change(old, again).copyNeeded())
        .contains("column \"v\" was dropped and added again");
  }

  @Test
  void inATableThatWasMadeAnewNamesSayWhichColumnIsMeant() {
    Column old = column("v", "text", false, null, 2);
    Column restored = column("v", "text", false, null, (1 << 16) + 3);
    assertThat(change(old, restored).renamed()).isEmpty();
    assertThat(change(old, restored).addedAlike()).isEmpty();
    assertThat(change(old, restored).copyNeeded()).isEmpty();
  }

  @Test
  void aColumnThatTakesAnothersNameMovesItsValues() {
    Column old = column("v", "text", false, null, 2);
    Column other = column("w", "text", false, null, 3);
    assertThat(change(List.of(old, other), List.of(column("v", "text", false, null, 3))).renamed())
        .containsExactly(new Renamed("w", "v"));
    List<Column> exchanged =
        List.of(column("w", "text", false, null, 2), column("v", "text", false, null, 3));
    assertThat(change(List.of(old, other), exchanged).copyNeeded())
        .contains("column \"v\" is called \"w\" now, and \"v\" is another one");
    List<Column> kept =
        List.of(column("v_old", "text", false, null, 2), column("v", "text", false, null, 3));
    assertThat(change(List.of(old), kept).copyNeeded())
        .contains("column \"v\" is called \"v_old\" now, and \"v\" is another one");
  }

  private static DefinitionChange change(List<Column> before, List<Column> after) {
    return new DefinitionChange(
        new TableDefinition(
            T, Stream.concat(Stream.of(ID), before.stream()).toList(), List.of("id")),
        new TableDefinition(
            T, Stream.concat(Stream.of(ID), after.stream()).toList(), List.of("id")));
  }
}
