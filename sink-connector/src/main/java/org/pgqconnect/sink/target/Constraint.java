/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
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
 *     a look at the rows that are there
 */
public record Constraint(TableId owner, String name, String definition) {
  private static final String NOT_VALID = " NOT VALID";

  /** The statement that adds it again without a look at the rows that are there. */
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
