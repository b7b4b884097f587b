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

import java.sql.SQLException;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The table that the server names in an error: of a constraint the one that has it. */
public final class ServerTable {
  private ServerTable() {}

  public static Optional<TableId> of(SQLException failure) {
    return of(failure instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null);
  }

  public static Optional<TableId> of(ServerErrorMessage server) {
    return server == null || server.getSchema() == null || server.getTable() == null
        ? Optional.empty()
        : Optional.of(new TableId(server.getSchema(), server.getTable()));
  }
}
