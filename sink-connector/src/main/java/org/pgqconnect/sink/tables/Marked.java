/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import static java.util.Objects.requireNonNull;

import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.failure.Remedy;

/**
 * What the subscriber knows of a table that the provider says subscribers hold already. The
 * operator who said so knew the subscribers of that time; a later one reads the same mark from the
 * topics.
 *
 * @param subscription the subscription's name
 * @param exists the subscriber has the table
 * @param holdsRows the subscriber's table holds rows
 * @param isOlder the mark is older than the subscription, by more than it takes to set both up
 */
public record Marked(String subscription, boolean exists, boolean holdsRows, boolean isOlder) {
  public Marked {
    requireNonNull(subscription, "subscription");
  }

  /** May the table count as held? */
  boolean isMeant(CopyProgress mark, long prevTick, SubscribedTable before) {
    if (!holdsRows) {
      return mark.empty() || exists && before.isAdoptedAt(prevTick);
    }
    return !isOlder || before.isAdoptedAt(prevTick);
  }

  /** What an operator should know where it is not counted so. */
  String refusal(CopyProgress mark, long prevTick, Remedy remedy) {
    String said =
        ("The provider said at tick %d that subscribers hold the rows of table %s"
                + " (--no-copy, or snapshot.mode=no_data), ")
            .formatted(mark.consistentTick(), mark.table());
    String skipped = "ts changes are skipped until it is copied: " + remedy.resync(mark.table());
    String adopt =
        "and the topics still hold tick %d and what follows, stop the sink connector and run: %s"
            .formatted(prevTick, remedy.adopt(subscription, prevTick, mark.table()));
    if (!exists) {
      return said + "but there is no such table here. Create it. I" + skipped;
    }
    if (!holdsRows) {
      return said
          + ("but the table is empty here, and was not there when its triggers were"
                  + " made, or that is not known. If it was, %s; otherwise i")
              .formatted(adopt)
          + skipped;
    }
    return said
        + "more than an hour before subscription \"%s\" began. Whether it holds them, too, is not known. "
            .formatted(subscription)
        + "I"
        + skipped
        + "; or, if it holds the rows that were there when the triggers were made, or later ones, "
        + adopt;
  }
}
