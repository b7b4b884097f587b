/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.pgqconnect.postgres.Grant;
import org.pgqconnect.postgres.GrantStatement;
import org.pgqconnect.sink.install.SubscriberGrants;
import org.pgqconnect.source.engine.ConnectorGrants;

/** Writes the parts of docs/privileges.md that come from the lists of grants in the code. */
final class PrivilegesReference {
  /** The role of the page. */
  private static final String ROLE = "pgq_connect";

  private static final int LINE = 120;

  private static final List<Group> PROVIDER =
      List.of(
          new Group("provider B", "always", ConnectorGrants.ALWAYS),
          new Group("provider B, external", "`capture=external`", ConnectorGrants.EXTERNAL),
          new Group("provider B, ticker", "`ticker=embedded`", ConnectorGrants.TICKER),
          new Group(
              "provider B, ticker, built-in engine",
              "`ticker=embedded`, built-in engine",
              ConnectorGrants.TICKER_BUILT_IN),
          new Group(
              "provider B, ticker, extension",
              "`ticker=embedded`, extension",
              ConnectorGrants.TICKER_EXTENSION));

  private static final List<Group> SUBSCRIBER =
      List.of(
          new Group("subscriber B", "always", SubscriberGrants.ALWAYS),
          new Group(
              "subscriber B, provider, too",
              "the database is a provider, too",
              SubscriberGrants.WITH_PROVIDER));

  private PrivilegesReference() {}

  /**
   * Grants that are needed together.
   *
   * @param block the name of their SQL block
   */
  private record Group(String block, String when, List<Grant> grants) {}

  /**
   * The page with its generated parts as they have to be.
   *
   * @throws IllegalArgumentException when it lacks the place of one
   */
  static String update(String page) {
    String updated = withReasons(page, "provider", PROVIDER);
    updated = withReasons(updated, "subscriber", SUBSCRIBER);
    for (List<Group> groups : List.of(PROVIDER, SUBSCRIBER)) {
      for (Group group : groups) {
        String begin = "<!-- sql: %s -->\n```sql\n".formatted(group.block());
        updated = replace(updated, begin, statements(group.grants()), "```\n");
      }
    }
    return updated;
  }

  private static String withReasons(String page, String place, List<Group> groups) {
    String table = groups.stream().map(PrivilegesReference::rows).collect(Collectors.joining());
    return replace(
        page,
        "<!-- rights: %s -->\n".formatted(place),
        "| needed | right | on | purpose |\n|---|---|---|---|\n" + table,
        "<!-- end of rights -->\n");
  }

  private static String replace(String page, String begin, String content, String end) {
    int from = page.indexOf(begin) + begin.length();
    int to = page.indexOf(end, from);
    if (from < begin.length() || to < 0) {
      throw new IllegalArgumentException("Not on the page: " + begin + end);
    }
    return page.substring(0, from) + content + page.substring(to);
  }

  private static String statements(List<Grant> grants) {
    return GrantStatement.of(grants).stream()
        .map(PrivilegesReference::lines)
        .collect(Collectors.joining());
  }

  private static String lines(GrantStatement statement) {
    String line = statement.sql(ROLE);
    if (line.length() <= LINE) {
      return line + "\n";
    }
    String objects = String.join(",\n    ", statement.objects());
    return "%s\n    %s TO %s;\n".formatted(statement.beginning(), objects, ROLE);
  }

  /** One row for the objects of one kind on which the same privilege has the same purpose. */
  private static String rows(Group group) {
    Map<String, String> rows = new LinkedHashMap<>();
    for (Grant grant : group.grants()) {
      String row =
          "| %s | `%s` | %s %%s | %s |\n"
              .formatted(
                  group.when(),
                  grant.privilege(),
                  grant.kind().name().toLowerCase(Locale.ROOT),
                  grant.reason());
      rows.merge(row, "`" + grant.object() + "`", (some, one) -> some + ", " + one);
    }
    return rows.entrySet().stream()
        .map(row -> row.getKey().formatted(row.getValue()))
        .collect(Collectors.joining());
  }
}
