/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.decode.ChangeDecoder;
import org.pgqconnect.source.decode.DecodedChange;
import org.pgqconnect.source.decode.EventDecoder;
import org.pgqconnect.source.queue.Event;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a queue that PgQ's own triggers fill, as Londiste 3 leaves it behind: {@code logutriga} and
 * {@code jsontriga} events as changes; what Londiste and its cascade send to their own nodes is
 * noted and skipped. Events of our own triggers may be between them. Not thread safe.
 */
public final class ExternalEventDecoder implements ChangeDecoder {
  private static final Logger LOG = LoggerFactory.getLogger(ExternalEventDecoder.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String queue;
  private final EventDecoder own;
  private final ExternalLayouts layouts;
  private final ExternalPolicy policy;
  private final Remedy remedy;
  private final Map<String, TableId> tables = new HashMap<>();
  private final Set<String> reported = new HashSet<>();

  /**
   * @param database the provider's name, for messages
   * @param own reads the events of our own triggers
   * @param remedy commands about the queue, for messages
   */
  public ExternalEventDecoder(
      String database,
      String queue,
      EventDecoder own,
      ExternalTables tables,
      ExternalPolicy policy,
      Remedy remedy) {
    this.queue = requireNonNull(queue, "queue");
    this.own = requireNonNull(own, "own");
    this.policy = requireNonNull(policy, "policy");
    this.layouts =
        new ExternalLayouts(tables, new ExternalValue(database, policy.checksDates()), remedy);
    this.remedy = requireNonNull(remedy, "remedy");
  }

  @Override
  public void batchBegins() {
    layouts.batchBegins();
  }

  @Override
  public Optional<DecodedChange> decode(Event event) throws SQLException {
    if (isOurs(event)) {
      return Optional.of(own.decode(event));
    }
    try {
      return decodeForeign(event);
    } catch (StopException e) {
      throw new StopException(
          "Event %d of queue \"%s\" (type '%s', ev_extra1 '%s'): %s"
              .formatted(event.id(), queue, event.type(), event.extra1(), e.getMessage()),
          e.getCause());
    }
  }

  private static boolean isOurs(Event event) {
    return event.type() != null
        && event.type().length() == 1
        && "cudt".contains(event.type())
        && event.extra3() != null;
  }

  private Optional<DecodedChange> decodeForeign(Event event) throws SQLException {
    String type = event.type() == null ? "" : event.type();
    if (type.length() > 1 && type.charAt(1) == ':' && "IUD".indexOf(type.charAt(0)) >= 0) {
      return row(event, operation(type.charAt(0)), type.substring(2), false);
    }
    if (type.startsWith("{")) {
      return json(event);
    }
    switch (type) {
      case "R":
      case "TRUNCATE":
        return truncate(event);
      case "I":
      case "U":
      case "D":
        return partialSql(event);
      case "EXECUTE":
        script(event);
        return Optional.empty();
      default:
        note(event, type);
        return Optional.empty();
    }
  }

  private static Operation operation(char code) {
    switch (code) {
      case 'I':
        return Operation.CREATE;
      case 'U':
        return Operation.UPDATE;
      default:
        return Operation.DELETE;
    }
  }

  private Optional<DecodedChange> json(Event event) throws SQLException {
    JsonNode type;
    try {
      type = JSON.readTree(event.type());
    } catch (JsonProcessingException e) {
      throw new StopException("its type is neither JSON nor one that Londiste writes", e);
    }
    List<String> key = new ArrayList<>();
    type.path("pkey").forEach(name -> key.add(name.asText()));
    switch (type.path("op").asText()) {
      case "INSERT":
        return row(event, Operation.CREATE, key, true);
      case "UPDATE":
        return row(event, Operation.UPDATE, key, true);
      case "DELETE":
        return row(event, Operation.DELETE, key, true);
      case "TRUNCATE":
        return truncate(event);
      default:
        throw new StopException("its type names no operation that pgq.jsontriga writes");
    }
  }

  private Optional<DecodedChange> row(Event event, Operation operation, String key, boolean json)
      throws SQLException {
    return row(event, operation, List.of(key.split(",")), json);
  }

  private Optional<DecodedChange> row(
      Event event, Operation operation, List<String> key, boolean json) throws SQLException {
    TableId table = table(event);
    if (!policy.included().test(table)) {
      return Optional.empty();
    }
    if (event.data() == null) {
      throw new StopException("its ev_data is null");
    }
    RowFields data = json ? RowFields.json(event.data()) : RowFields.urlEncoded(event.data());
    RowFields old = null;
    if (operation == Operation.UPDATE && event.extra2() != null) {
      old = event.extra2().startsWith("{") ? RowFields.json(event.extra2()) : urlEncodedOld(event);
    }
    ExternalLayouts.Values values = layouts.values(table, key, data, old);
    return Optional.of(
        operation == Operation.DELETE
            ? new DecodedChange(event, values.layout(), operation, values.row(), null)
            : new DecodedChange(event, values.layout(), operation, values.old(), values.row()));
  }

  private static RowFields urlEncodedOld(Event event) {
    return RowFields.urlEncoded(event.extra2());
  }

  private Optional<DecodedChange> truncate(Event event) throws SQLException {
    TableId table = table(event);
    return policy.included().test(table)
        ? Optional.of(
            new DecodedChange(event, layouts.current(table), Operation.TRUNCATE, null, null))
        : Optional.empty();
  }

  private TableId table(Event event) {
    String name = event.extra1();
    if (name == null) {
      throw new StopException(
          "its ev_extra1, which should name the table, is null. An ev_extra1= argument of the"
              + " trigger computes it: change the trigger");
    }
    TableId table = tables.get(name);
    if (table == null) {
      try {
        table = TableId.parse(name);
      } catch (IllegalArgumentException e) {
        throw new StopException("its ev_extra1 names no table: " + e.getMessage(), e);
      }
      tables.put(name, table);
    }
    return table;
  }

  private Optional<DecodedChange> partialSql(Event event) {
    if (event.extra1() != null && !policy.included().test(table(event))) {
      return Optional.empty();
    }
    throw new StopException(
        ("it was written by pgq.sqltriga, as pieces of SQL statements that leave out unchanged"
                + " columns. They cannot be published as rows. Let Londiste replicate the table by"
                + " another trigger (for Londiste: add-table --trigger-flags=L; otherwise"
                + " pgq.logutriga in the CREATE TRIGGER statement), let the program that reads the"
                + " queue now read on until it is past the last event of this kind, and take over"
                + " there; or leave the table out of table.include.list")
            .formatted());
  }

  /**
   * DDL must neither get lost without a message nor block the queue for ever. The place among the
   * rows that it has on Londiste's nodes cannot be kept: rows that are before it in its batch
   * cannot be published without the rest of the batch, so they come to subscribers after an
   * operator ran it there. A copy makes up for that. Which tables to copy is in no event: what the
   * script's own header names says which nodes run it, not what it touches.
   */
  private void script(Event event) {
    if (policy.executed().contains(event.id())) {
      LOG.warn(passedOver(event, "external.executed says that the subscribers ran it"));
      return;
    }
    if (policy.failsOnScripts()) {
      throw new StopException(
          ("it is the DDL script \"%s\", which Londiste runs on every node and this connector does"
               + " not run anywhere. Rows after it may need it, rows before it in its batch are not"
               + " published yet, and what the script itself writes to tables is in no other event."
               + " Read it: select ev_data from pgq.event_template where ev_id = %d and ev_type ="
               + " 'EXECUTE'; wait until the subscribers have applied what is published; run its"
               + " DDL on every subscriber; then set external.executed=%d in this connector's"
               + " configuration (a list, if there are more) and restart its task. Once the batch"
               + " is published, have each table copied that the script writes or alters, or"
               + " subscribers differ: %s. external.execute=skip skips every script, with a"
               + " warning")
              .formatted(event.extra1(), event.id(), event.id(), resync()));
    }
    LOG.warn(
        passedOver(
            event,
            "external.execute=skip says so, and unless an operator ran it on the subscribers, their"
                + " tables possibly do not fit"));
  }

  /** What is to be done after a script was skipped. */
  String passedOver(Event event, String why) {
    return ("Script \"%s\" (event %d of queue \"%s\") is skipped: %s. Rows that were written before"
            + " it in the same batch come to subscribers after it, and what it wrote itself is"
            + " in no event. Once this batch is published, have each table copied that the"
            + " script writes or alters, or subscribers differ: %s")
        .formatted(event.extra1(), event.id(), queue, why, resync());
  }

  private String resync() {
    return remedy.resyncAll() + ", or with their names in the place of --all";
  }

  private void note(Event event, String type) {
    if (type.startsWith("pgq.")) {
      LOG.debug("Skipped [queue={}, event={}, type={}]", queue, event.id(), type);
      return;
    }
    switch (type) {
      case "londiste.add-table":
        LOG.info(
            "Londiste has a new table. Subscribers skip its rows until a copy: {} [event={}]",
            remedy.resync(TableId.parse(event.data())),
            event.id());
        break;
      case "londiste.update-seq":
        if (reported.add(type + event.extra1())) {
          LOG.warn(
              "Sequence {} is not replicated. Before a subscriber takes writes, set it there"
                  + " [queue={}, event={}, value={}]",
              event.extra1(),
              queue,
              event.id(),
              event.data());
        }
        break;
      default:
        if (type.startsWith("londiste.")) {
          LOG.info(
              "Skipped [queue={}, event={}, type={}, data={}]",
              queue,
              event.id(),
              type,
              event.data());
          return;
        }
        unknown(event, type);
    }
  }

  private void unknown(Event event, String type) {
    if (policy.failsOnUnknown()) {
      throw new StopException(
          "neither PgQ's triggers nor Londiste write events of this type, so it may hold anything."
              + " If subscribers can do without it, set external.unknown=skip. For a queue of an"
              + " application's own events there is mode=events");
    }
    if (reported.add(type)) {
      LOG.warn(
          "Events of an unknown type are skipped, as external.unknown=skip says [queue={},"
              + " type={}, first={}]",
          queue,
          type,
          event.id());
    }
  }
}
