/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.Optional;
import org.pgqconnect.batch.TableId;

/**
 * A constraint of the subscriber.
 *
 * @param owner the table or domain that has it
 * @param definition what ADD CONSTRAINT says after the name; null where it cannot be added without
 *     a check of the rows that are there
 */
public record Constraint(TableId owner, String name, String definition) {
  private static final String NOT_VALID = " NOT VALID";

  /** The statement that drops it from its table. */
  public String dropped() {
    return "ALTER TABLE %s DROP CONSTRAINT %s;".formatted(quote(owner), quote(name));
  }

  /** The statement that adds it again without a check of the rows that are there. */
  public Optional<String> addedAgain() {
    return Optional.ofNullable(definition)
        .map(
            text ->
                "ALTER TABLE %s ADD CONSTRAINT %s %s;"
                    .formatted(
                        quote(owner),
                        quote(name),
                        text.endsWith(NOT_VALID) ? text : text + NOT_VALID));
  }

  /** The statement that adds it to a domain again, once all values satisfy it. */
  public Optional<String> addedToDomain() {
    return Optional.ofNullable(definition)
        .map(
            text ->
                "ALTER DOMAIN %s ADD CONSTRAINT %s %s;"
                    .formatted(
                        quote(owner),
                        quote(name),
                        text.endsWith(NOT_VALID)
                            ? text.substring(0, text.length() - NOT_VALID.length())
                            : text));
  }
}
