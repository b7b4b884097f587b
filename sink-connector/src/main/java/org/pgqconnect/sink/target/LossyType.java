/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static java.util.stream.Collectors.joining;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.pgqconnect.sink.target.TypeCompatibility.Difference;
import org.pgqconnect.sink.target.ValueType.Member;
import org.pgqconnect.sink.target.ValueType.Row;

/** Says that a subscriber's column cannot hold the provider's values, and what changes that. */
final class LossyType {
  private LossyType() {}

  /**
   * @param sent what the provider's values are
   * @param isOfKey the column identifies rows, so that it cannot be empty
   */
  static String message(
      TableId table,
      TableDefinition.Column there,
      ValueType sent,
      TargetColumn here,
      Difference difference,
      boolean isOfKey) {
    return ("Column \"%s\" of table %s is %s on the provider but %s on the subscriber, which"
            + " cannot hold every value without loss%s. %s%s")
        .formatted(
            here.name(),
            table,
            named(there.type(), sent, difference),
            named(here.type(), here.valueType(), difference),
            detail(difference),
            remedy(table, sent, here, difference, isOfKey),
            TableCheck.RESTART);
  }

  /** A domain's name says nothing of what differs. */
  private static String named(String type, ValueType values, Difference difference) {
    return difference.isOfMembers() || !difference.path().isEmpty() || type.equals(values.text())
        ? type
        : "%s, which is %s,".formatted(type, values.text());
  }

  private static String detail(Difference difference) {
    String member =
        difference.path().isEmpty()
            ? ""
            : "member %s is "
                .formatted(
                    difference.path().stream().map(Identifiers::quote).collect(joining(".")));
    if (difference.isOfMembers()) {
      return ": %s%s there and %s here"
          .formatted(member, difference.from().text(), difference.to().text());
    }
    return member.isEmpty()
        ? ""
        : ": %s%s there and %s here"
            .formatted(member, difference.from().text(), difference.to().text());
  }

  private static String remedy(
      TableId table, ValueType sent, TargetColumn here, Difference difference, boolean isOfKey) {
    Optional<String> whole = sent.sql();
    if (whole.isPresent()) {
      return "Run: "
          + here.alterType(table, whole.get())
          + (TypeCompatibility.isForeign(whole.get())
              ? " or, where the subscriber has no such type: " + here.alterType(table, "text")
              : "")
          + (isOfKey || whole.get().equals("text")
              ? ""
              : " Where that refuses values that are there, empty the column and copy the table: %s %s"
                  .formatted(here.emptied(table, whole.get()), Remedy.incomplete().resync(table)));
    }
    return (difference.isOfMembers()
            ? members(table, here, (Row) difference.from(), (Row) difference.to())
            : member(table, here, difference))
        .map("Run: "::concat)
        .orElseGet(
            () ->
                "Give it a type that is made as the provider's, or one that holds its text: "
                    + here.alterType(table, "text"));
  }

  /** Members at the end can come and go while columns have the type. */
  private static Optional<String> members(TableId table, TargetColumn here, Row from, Row to) {
    List<String> names = from.names();
    int kept = Math.min(names.size(), to.names().size());
    if (to.type() == null || !names.subList(0, kept).equals(to.names().subList(0, kept))) {
      return Optional.empty();
    }
    List<Member> missing = from.members().subList(kept, names.size());
    if (missing.stream().anyMatch(member -> member.type().sql().isEmpty())) {
      return Optional.empty();
    }
    if (missing.isEmpty()) {
      String drops =
          to.names().subList(kept, to.names().size()).stream()
              .map(name -> "DROP ATTRIBUTE " + quote(name))
              .collect(joining(", "));
      return Optional.of(
          ("%s or, if no column of any table that has the type needs what these"
                  + " members hold, for it drops them all: ALTER TYPE %s %s;")
              .formatted(here.alterType(table, "text"), to.type(), drops));
    }
    String adds =
        missing.stream()
            .map(
                member ->
                    "ADD ATTRIBUTE %s %s"
                        .formatted(quote(member.name()), member.type().sql().get()))
            .collect(joining(", "));
    return Optional.of("ALTER TYPE %s %s;".formatted(to.type(), adds));
  }

  /** The server refuses to change a member's type while a column has it. */
  private static Optional<String> member(TableId table, TargetColumn here, Difference difference) {
    Row owner = difference.owner();
    if (owner == null || owner.type() == null) {
      return Optional.empty();
    }
    return difference
        .from()
        .sql()
        .map(
            type ->
                ("%s ALTER TYPE %s ALTER ATTRIBUTE %s TYPE %s; %s Other columns that"
                        + " have the type need the first and the last of it as well.")
                    .formatted(
                        here.alterType(table, "text"),
                        owner.type(),
                        quote(difference.path().get(difference.path().size() - 1)),
                        type,
                        here.alterType(table, here.type())));
  }
}
