/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.install;

import static org.pgqconnect.postgres.Grant.onSchema;
import static org.pgqconnect.postgres.Grant.onTable;

import java.util.List;
import java.util.stream.Collectors;
import org.pgqconnect.postgres.Grant;
import org.pgqconnect.postgres.GrantStatement;
import org.pgqconnect.postgres.Identifiers;

/**
 * What a sink connector's role needs on our own objects of a subscriber that another role
 * installed. From these lists come the statements of {@link SubscriberInstaller#grant}, the check
 * of {@link SubscriberRights} and the generated parts of docs/privileges.md.
 */
public final class SubscriberGrants {
  private static final String SUBSCRIPTION = "pgq_connect.subscription";
  private static final String SUBSCRIBED_TABLE = "pgq_connect.subscribed_table";
  private static final String COPIED_KEY = "pgq_connect.copied_key";

  private static final Grant USE_SCHEMA = onSchema("pgq_connect", "use what is in the schema");

  /** What every sink needs. */
  public static final List<Grant> ALWAYS =
      List.of(
          USE_SCHEMA,
          onTable("SELECT", SUBSCRIPTION, "read the position of the subscription"),
          onTable("INSERT", SUBSCRIPTION, "begin a subscription"),
          onTable("UPDATE", SUBSCRIPTION, "store the position with each batch"),
          onTable("SELECT", SUBSCRIBED_TABLE, "read the state of each table"),
          onTable("INSERT", SUBSCRIBED_TABLE, "begin the state of a table"),
          onTable("UPDATE", SUBSCRIBED_TABLE, "store the state of each table"),
          onTable("SELECT", COPIED_KEY, "find the rows that a repeated copy did not bring"),
          onTable("INSERT", COPIED_KEY, "record the keys that a repeated copy brings"),
          onTable("DELETE", COPIED_KEY, "remove them when the copy ends"));

  /** What every sink needs besides where the database is a provider, too. */
  public static final List<Grant> WITH_PROVIDER =
      List.of(
          onTable(
              "SELECT",
              "pgq_connect.provider",
              "distinguish rows that this database published itself"));

  private SubscriberGrants() {}

  /** The statements that give a role what every sink needs, in one line. */
  static String statements(String role) {
    return statements(ALWAYS, role);
  }

  /** The statement that a provider needs besides. */
  static String statementsWithProvider(String role) {
    return statements(WITH_PROVIDER, role);
  }

  /** The statements that let a role read which provider the database is, in one line. */
  static String statementsToReadProvider(String role) {
    return statements(List.of(USE_SCHEMA), role) + " " + statementsWithProvider(role);
  }

  private static String statements(List<Grant> grants, String role) {
    return GrantStatement.of(grants).stream()
        .map(statement -> statement.sql(Identifiers.quote(role)))
        .collect(Collectors.joining(" "));
  }
}
