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
package org.pgqconnect.sink.apply;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;

/**
 * A table as the subscriber's catalog describes it.
 *
 * @param columns by name, in the table's order, generated columns included
 * @param primaryKey the primary key's columns in order; empty when there is none
 * @param uniqueKeys column sets of all unique constraints and indexes that can arbitrate a conflict
 * @param cascades foreign keys that refer to the table, and delete or change rows when rows of this
 *     table are deleted
 */
record TargetTable(
    TableId id,
    Map<String, TargetColumn> columns,
    List<String> primaryKey,
    Set<Set<String>> uniqueKeys,
    List<Cascade> cascades) {

  /**
   * A foreign key with ON DELETE CASCADE, SET NULL or SET DEFAULT.
   *
   * @param child the table that has it
   * @param definition as {@code pg_get_constraintdef} writes it
   */
  record Cascade(TableId child, String constraint, String definition) {}

  /**
   * One column.
   *
   * @param type the declared type with its modifiers, as {@code format_type} writes it
   * @param baseType the same with domains resolved
   * @param elementType the type's own name, quoted and qualified, without modifiers
   * @param typeName the unqualified name in pg_type of the type, domains resolved
   * @param bindsAsText arrays of the type cannot be unnested into its values, so they travel as
   *     text and are cast one by one
   * @param generated computed by the subscriber
   * @param identity GENERATED .. AS IDENTITY
   * @param alwaysIdentity GENERATED ALWAYS AS IDENTITY
   */
  record TargetColumn(
      String name,
      String type,
      String baseType,
      String elementType,
      String typeName,
      boolean bindsAsText,
      boolean generated,
      boolean identity,
      boolean alwaysIdentity) {}
}
