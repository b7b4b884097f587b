/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.literal;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.Optional;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.target.ValueType.Scalar;

/**
 * The encoding of the subscriber's database. Rows come in Unicode; one other than UTF8 lacks
 * characters, and SQL_ASCII takes bytes for characters. Whether that harms depends on the
 * provider's rows, so a subscriber of another encoding is warned of and not refused.
 *
 * @param name as the server calls it
 * @param database the name of the database
 */
public record DatabaseEncoding(String name, String database) {
  private static final String ASCII = "SQL_ASCII";

  private String move() {
    String other = database + "_utf8";
    return ("move the subscriber, with schema pgq_connect, to a database of encoding UTF8 (CREATE"
            + " DATABASE %s ENCODING 'UTF8' TEMPLATE template0; then pg_dump and pg_restore) and"
            + " set database.dbname to %s")
        .formatted(quote(other), other);
  }

  private boolean hasAll() {
    return name.equals("UTF8");
  }

  /** What to say when the sink starts, or nothing. */
  public Optional<String> warning() {
    if (hasAll()) {
      return Optional.empty();
    }
    return Optional.of(
        ("The subscriber's database has encoding %s: %s. That does no harm where the provider's"
                + " database has the same encoding. Otherwise, before a row is rejected: %s")
            .formatted(
                name,
                name.equals(ASCII)
                    ? "it counts each byte of a text as a character, so that a text may be too long"
                        + " for a length that it has on the provider, and functions and patterns"
                        + " treat other characters as equal or as letters"
                    : "a row with a character that is not in it is rejected, and its batch is not"
                        + " applied",
                move()));
  }

  /** A character of the row is not in the encoding. */
  public Optional<String> lacksCharacter(TableId table) {
    return hasAll()
        ? Optional.empty()
        : Optional.of(
            ("The subscriber's database has encoding %s, which lacks a character of the row. Either"
                 + " %s; or replace the character in the provider's row and have the table copied"
                 + " again: stop the connector; on the subscriber: UPDATE"
                 + " pgq_connect.subscribed_table SET state = 'expecting-copy' WHERE table_schema ="
                 + " %s AND table_name = %s; resume the connector and run %s. Until the copy"
                 + " arrives, the table's changes are skipped. If the row is one of a copy that"
                 + " begins in this batch, leave the table out of the sink's topics or"
                 + " table.include.list until the subscription has passed the batch, and replace"
                 + " the character in all rows first.")
                .formatted(
                    name,
                    move(),
                    literal(table.schema()),
                    literal(table.table()),
                    Remedy.incomplete().resync(table)));
  }

  /** A text is too long though its column is declared as on the provider. */
  public Optional<String> countsBytes(TargetTable target) {
    if (!name.equals(ASCII)) {
      return Optional.empty();
    }
    String texts =
        target.columns().values().stream()
            .filter(column -> !column.generated() && hasLength(column.valueType()))
            .map(
                column ->
                    "ALTER TABLE %s ALTER COLUMN %s TYPE text;"
                        .formatted(quote(target.id()), quote(column.name())))
            .collect(Collectors.joining(" "));
    return Optional.of(
        ("All columns are declared as on the provider, but the subscriber's database has encoding"
             + " SQL_ASCII, where a length counts bytes: a character beyond ASCII takes two to four"
             + " of them. %sor %s; then restart the connector.")
            .formatted(texts.isEmpty() ? "Widen the column; " : "Run: " + texts + " ", move()));
  }

  private static boolean hasLength(ValueType type) {
    return type instanceof Scalar scalar
        && scalar.name().equals("character varying")
        && !scalar.modifier().isEmpty();
  }

  /** What may make a value of a type invalid, beside the type. */
  public String hint() {
    return hasAll()
        ? ""
        : (" It may also be the encoding: the subscriber's database has %s, where the"
                + " same text may have other characters.")
            .formatted(name);
  }
}
