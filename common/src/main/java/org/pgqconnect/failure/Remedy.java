/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.failure;

import static java.util.Objects.requireNonNull;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.ShellWord;

/**
 * The {@code ./pgq-connect} commands that messages name: each runs as printed in a POSIX shell,
 * with the database, queue and tables that it is about. Nothing else in Java writes such a command;
 * {@link #complete} does the rest for those that functions of the server write.
 *
 * <p>A source connector knows where its provider is, so its commands say that ({@link #provider});
 * a password is asked for or taken from {@code PGPASSWORD}. A sink knows only whose topics it
 * reads, so its commands name the prefix ({@link #ofPrefix}), and the command asks the Connect
 * worker for the source connector.
 */
public final class Remedy {
  private static final String COMMAND = "./pgq-connect";

  /** A command in a text whose author knew the queue at most. */
  private static final Pattern WITHOUT_PLACE =
      Pattern.compile(
          "\\./pgq-connect (provider [a-z][a-z-]*+)(?! --(?:host|prefix|config)\\b)( (?:--user"
              + " (?:'[^']*'|\\S+)|'--user=[^']*'|--user=\\S+))?( '?--queue\\b)?");

  /** A request to the worker in a text whose author did not know the connector's name. */
  private static final String UNNAMED = "/connectors/<name>/";

  /** The role that is named where a command needs more rights than the connector has. */
  private static final String ADMINISTRATOR = "postgres";

  private final List<String> place;
  private final List<String> queue;
  private final String connector;

  private Remedy(List<String> place, List<String> queue) {
    this(place, queue, null);
  }

  private Remedy(List<String> place, List<String> queue, String connector) {
    this.place = List.copyOf(place);
    this.queue = List.copyOf(queue);
    this.connector = connector;
  }

  /** The same commands; requests to the worker that {@link #complete} meets are about this one. */
  public Remedy ofConnector(String name) {
    return new Remedy(place, queue, name);
  }

  /** Commands about a queue of this provider. */
  public static Remedy provider(ConnectionConfig provider, String queue) {
    return new Remedy(options(provider, provider.user()), option("--queue", queue));
  }

  /** Commands about the queue whose topics have this prefix. */
  public static Remedy ofPrefix(String prefix) {
    return new Remedy(option("--prefix", prefix), List.of());
  }

  /**
   * Commands of a text that {@link #complete} will be asked to complete: they lack the database.
   */
  public static Remedy ofQueue(String queue) {
    return new Remedy(List.of(), option("--queue", queue));
  }

  /** Commands of a text that {@link #complete} will be asked to complete. */
  public static Remedy incomplete() {
    return new Remedy(List.of(), List.of());
  }

  /** Commands about a queue, by a source connector's file. */
  public static Remedy ofFile(String file, String queue) {
    return new Remedy(option("--config", file), option("--queue", queue));
  }

  /** The command that installs the engine and creates the queue. */
  public String install() {
    return command("provider install", List.of());
  }

  /** The same for a role that lacks the privileges to install. */
  public String install(String grantTo) {
    return command(
        "provider install", asAdministrator(), concat(queue, option("--grant-to", grantTo)));
  }

  /** The command that captures tables. */
  public String add(TableId... tables) {
    return add(Arrays.asList(tables));
  }

  /** The command that captures tables. */
  public String add(Collection<TableId> tables) {
    return command("provider add", names(tables));
  }

  /** The command that captures a table by a role that may create triggers on it. */
  public String addAs(String owner, TableId table) {
    return command("provider add", replacedUser(owner), concat(queue, names(List.of(table))));
  }

  /** The command that captures a table whose rows these columns identify. */
  public String addKeyed(TableId table, List<String> key) {
    return command(
        "provider add", concat(option("--key", String.join(",", key)), names(List.of(table))));
  }

  /** The command that stops capturing tables. */
  public String remove(TableId... tables) {
    return remove(Arrays.asList(tables));
  }

  /** The command that stops capturing tables. */
  public String remove(Collection<TableId> tables) {
    return command("provider remove", names(tables));
  }

  /** The command that has tables copied again. */
  public String resync(TableId... tables) {
    return resync(Arrays.asList(tables));
  }

  /** The command that has tables copied again. */
  public String resync(Collection<TableId> tables) {
    return command("provider resync", names(tables));
  }

  /** The command that has every captured table copied again. */
  public String resyncAll() {
    return command("provider resync", List.of("--all"));
  }

  /** The command that lists what is captured, with what is wrong. */
  public String tables() {
    return command("provider tables", List.of());
  }

  /** The command that repairs the queue's ticks. */
  public String repairTicksConfirmed() {
    return command("provider repair-ticks", List.of("--confirm"));
  }

  /**
   * The command that prepares a subscriber for a role that lacks the privileges to do it itself.
   */
  public static String subscriberInstall(ConnectionConfig subscriber) {
    return join(
        concat(
            words("subscriber install"),
            options(subscriber, ADMINISTRATOR),
            option("--grant-to", subscriber.user())));
  }

  /**
   * The command that says what a subscriber holds.
   *
   * @param options how to reach the subscriber, and where its rows come from
   */
  public static String subscriberAdopt(Collection<TableId> tables, String... options) {
    return join(concat(words("subscriber adopt"), List.of(options), names(tables)));
  }

  /** The command that says that a subscription holds a table as it was at a tick. */
  public String adopt(String subscription, long tick, TableId table) {
    return subscriberAdopt(
        List.of(table),
        concat(
                place,
                option("--subscription", subscription),
                option("--tick", String.valueOf(tick)),
                List.of("--move"))
            .toArray(String[]::new));
  }

  /** The command that creates a connector from its file. */
  public static String deploy(String worker, String file) {
    return join(
        concat(
            words("connectors deploy"),
            option("--connect", worker),
            List.of(file.startsWith("-") ? "./" + file : file)));
  }

  /** The command that shows the states of all connectors of the worker at its usual address. */
  public static String status() {
    return join(concat(words("status"), option("--connect", "http://localhost:8083")));
  }

  /**
   * The command that compares what the provider captures with what subscribers hold, with the usual
   * names of the connectors' files.
   */
  public static String compare() {
    return join(
        concat(
            words("status"),
            option("--source", "config/source.json"),
            option("--sink", "config/sink.json")));
  }

  /**
   * A text with commands that run, where its author knew the queue at most: the server, or a class
   * that has to do with rows only.
   */
  public String complete(String text) {
    return text == null
        ? null
        : WITHOUT_PLACE
            .matcher(text)
            .replaceAll(found -> Matcher.quoteReplacement(completed(found)))
            .replace(
                UNNAMED,
                connector == null ? UNNAMED : "/connectors/" + pathSegment(connector) + "/");
  }

  /** With the database, and what else the command does not say itself. */
  private String completed(MatchResult found) {
    String user = found.group(2) == null ? "" : found.group(2);
    String itsQueue = found.group(3) == null ? "" : found.group(3);
    return join(concat(words(found.group(1)), user.isEmpty() ? place : withoutUser()))
        + user
        + (itsQueue.isEmpty() && !queue.isEmpty() ? " " + join(queue) : itsQueue);
  }

  private static String pathSegment(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The command that lists the options of capturing a table. */
  public static String addHelp() {
    return join(words("provider add --help"));
  }

  /** The command that makes another queue on the same provider. */
  public String installQueue(String name) {
    return command("provider install", place, option("--queue", name));
  }

  private String command(String name, List<String> arguments) {
    return command(name, place, concat(queue, arguments));
  }

  private static String command(String name, List<String> place, List<String> arguments) {
    return join(concat(words(name), place, arguments));
  }

  private List<String> asAdministrator() {
    return replacedUser(ADMINISTRATOR);
  }

  private List<String> replacedUser(String user) {
    return concat(withoutUser(), option("--user", user));
  }

  private List<String> withoutUser() {
    List<String> other = new ArrayList<>(place);
    int at = other.indexOf("--user");
    if (at >= 0) {
      other.subList(at, at + 2).clear();
    }
    other.removeIf(word -> word.startsWith("--user="));
    return other;
  }

  private static List<String> options(ConnectionConfig at, String user) {
    List<String> words =
        new ArrayList<>(
            concat(
                option("--host", at.host()),
                option("--port", String.valueOf(at.port())),
                option("--dbname", at.database()),
                option("--user", user)));
    if (!at.sslMode().equals("prefer")) {
      words.addAll(option("--sslmode", at.sslMode()));
    }
    return words;
  }

  /** A value that begins like an option would be taken for one, if it were a word of its own. */
  public static List<String> option(String name, String value) {
    requireNonNull(value, name);
    return value.startsWith("-") || value.isEmpty()
        ? List.of(name + "=" + value)
        : List.of(name, value);
  }

  private static List<String> names(Collection<TableId> tables) {
    List<String> names = tables.stream().map(TableId::toString).toList();
    return names.stream().anyMatch(name -> name.startsWith("-"))
        ? concat(List.of("--"), names)
        : names;
  }

  private static List<String> words(String command) {
    return concat(List.of(COMMAND), List.of(command.split(" ")));
  }

  @SafeVarargs
  private static List<String> concat(List<String>... parts) {
    List<String> all = new ArrayList<>();
    for (List<String> part : parts) {
      all.addAll(part);
    }
    return all;
  }

  private static String join(List<String> words) {
    return words.stream()
        .map(ShellWord::of)
        .reduce((left, right) -> left + " " + right)
        .orElseThrow();
  }
}
