/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Several grants in one statement: the same privileges on each of some objects of one kind.
 *
 * @param privileges e.g. {@code SELECT}, {@code INSERT}
 * @param objects their names, as SQL has them
 */
public record GrantStatement(List<String> privileges, Grant.Kind kind, List<String> objects) {

  public GrantStatement {
    privileges = List.copyOf(privileges);
    objects = List.copyOf(objects);
  }

  /**
   * As few statements as give these privileges without changing their order: those on one object
   * are joined, and then objects with the same privileges, where they follow each other.
   */
  public static List<GrantStatement> of(List<Grant> grants) {
    List<GrantStatement> single =
        grants.stream()
            .map(g -> new GrantStatement(List.of(g.privilege()), g.kind(), List.of(g.object())))
            .toList();
    return join(join(single, GrantStatement::plusPrivileges), GrantStatement::plusObjects);
  }

  private static List<GrantStatement> join(
      List<GrantStatement> statements,
      BiFunction<GrantStatement, GrantStatement, Optional<GrantStatement>> rule) {
    List<GrantStatement> joined = new ArrayList<>();
    for (GrantStatement next : statements) {
      int last = joined.size() - 1;
      Optional<GrantStatement> both =
          joined.isEmpty() ? Optional.empty() : rule.apply(joined.get(last), next);
      if (both.isPresent()) {
        joined.set(last, both.get());
      } else {
        joined.add(next);
      }
    }
    return joined;
  }

  private Optional<GrantStatement> plusPrivileges(GrantStatement next) {
    return kind == next.kind && objects.equals(next.objects)
        ? Optional.of(new GrantStatement(plus(privileges, next.privileges), kind, objects))
        : Optional.empty();
  }

  private Optional<GrantStatement> plusObjects(GrantStatement next) {
    return kind == next.kind && privileges.equals(next.privileges)
        ? Optional.of(new GrantStatement(privileges, kind, plus(objects, next.objects)))
        : Optional.empty();
  }

  private static List<String> plus(List<String> some, List<String> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  /** The statement up to the objects; TABLE is what GRANT assumes. */
  public String beginning() {
    return "GRANT "
        + String.join(", ", privileges)
        + " ON"
        + (kind == Grant.Kind.TABLE ? "" : " " + kind);
  }

  /**
   * The statement, in one line.
   *
   * @param role quoted
   */
  public String sql(String role) {
    return "%s %s TO %s;".formatted(beginning(), String.join(", ", objects), role);
  }
}
