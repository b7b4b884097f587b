/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import java.util.List;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;

/**
 * What to do about texts that are not UTF-8. A database of encoding SQL_ASCII takes any bytes for
 * text, and the server does not say which row or event holds those that no client can read. Bytes
 * that are no character alone may be part of one in another text, so each is looked at in its own.
 */
public final class NotUtf8 {
  /** As the server defines a character of UTF-8; over bytes, as SQL_ASCII knows no others. */
  private static final String CHARACTER =
      "[\\x01-\\x7f]|[\\xc2-\\xdf][\\x80-\\xbf]|\\xe0[\\xa0-\\xbf][\\x80-\\xbf]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}"
          + "|\\xed[\\x80-\\x9f][\\x80-\\xbf]|\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}|[\\xf1-\\xf3][\\x80-\\xbf]{3}"
          + "|\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}";

  private static final String EVENTS =
      ("select e.ev_id, e.ev_extra1 as table_name, c.key as column_name, convert_to(c.value,"
           + " 'SQL_ASCII') from pgq.event_template e cross join json_each_text(to_json(e)) c where"
           + " %s order by e.ev_id;")
          .formatted(isNot("c.value"));

  private static final String THE_REST =
      " The bytes that are not UTF-8 are read as LATIN1 here; write the encoding that they have."
          + " Then restart the connector. To keep such texts out, move the data to a database of"
          + " encoding UTF8";

  private NotUtf8() {}

  /** The remedy when it is an event that cannot be read. */
  public static String inEvents() {
    return ("The encoding of a database that takes such a text is SQL_ASCII. Find the events: %s"
                + " Change their rows, where the tables still hold the text, to what they mean, in"
                + " the table and column that were found: update <table> set <column> = %s where"
                + " %s; Then change the events, in each of the columns that were found. Where they"
                + " carry old rows, the change of the row has written another one, so look for them"
                + " again: %s")
            .formatted(EVENTS, repaired("<column>"), isNot("<column>"), events())
        + THE_REST;
  }

  /**
   * The remedy when it is a row that is copied.
   *
   * @param key the columns that identify its row
   */
  public static String inTable(TableId table, List<String> key) {
    return ("The encoding of a database that takes such a text is SQL_ASCII. Find the rows: select"
                + " %sc.key as column_name, convert_to(c.value, 'SQL_ASCII') from %s t cross join"
                + " json_each_text(to_json(t.*)) c where %s; Change them to what they mean, in the"
                + " column that was found: update %2$s set <column> = %4$s where %5$s; Where events"
                + " carry old rows, that change has written such a text into one. Find them: %6$s"
                + " Change each of their columns that are found: %7$s")
            .formatted(
                key.stream()
                    .map(column -> "t." + Identifiers.quote(column) + ", ")
                    .collect(Collectors.joining()),
                Identifiers.quote(table),
                isNot("c.value"),
                repaired("<column>"),
                isNot("<column>"),
                EVENTS,
                events())
        + THE_REST;
  }

  private static String events() {
    return "update pgq.event_template set <column> = %s where %s;"
        .formatted(repaired("<column>"), isNot("<column>"));
  }

  private static String isNot(String text) {
    return "%s collate \"C\" !~ '^(%s)*$'".formatted(text, CHARACTER);
  }

  /** The text with what is UTF-8 left as it is. */
  private static String repaired(String text) {
    return ("(select string_agg(case when m[1] ~ '^[\\x80-\\xff]$' then"
            + " convert_from(convert(convert_to(m[1], 'SQL_ASCII'), 'LATIN1', 'UTF8'),"
            + " 'SQL_ASCII') else m[1] end, '' order by n) from regexp_matches(%s collate"
            + " \"C\", '(%s|.)', 'g') with ordinality r (m, n))")
        .formatted(text, CHARACTER);
  }
}
