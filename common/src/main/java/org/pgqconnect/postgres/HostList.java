/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The servers that {@code database.hostname} names: a name or an address, or several separated by
 * commas, each with a port of its own or the one of {@code database.port}. Nothing else is
 * accepted, so that no part of it can be taken for a property of the driver.
 */
public record HostList(List<Host> hosts) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,253})");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?");
  private static final int LARGEST_PORT = 65535;

  public HostList {
    hosts = List.copyOf(hosts);
  }

  /**
   * One server.
   *
   * @param name a name or an address, an IPv6 address without brackets
   */
  public record Host(String name, int port) {
    @Override
    public String toString() {
      return (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
    }
  }

  /**
   * Reads the list.
   *
   * @param port of those that have no port of their own
   * @throws IllegalArgumentException when it is not one; the message says what to write
   */
  public static HostList parse(String text, int port) {
    List<Host> hosts = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      if (item.isBlank()) {
        throw wrong(
            text,
            text.isBlank()
                ? "it is empty"
                : "there is nothing between two commas, or beside the first or last one");
      }
      hosts.add(host(text, item.strip(), port));
    }
    return new HostList(hosts);
  }

  private static Host host(String text, String item, int port) {
    if (item.startsWith("/") || item.startsWith("@")) {
      throw wrong(
          text,
          "it is the directory of a Unix socket, and Java reaches a server by TCP only. Give the"
              + " name or address that the server listens on (SHOW listen_addresses), as"
              + " localhost");
    }
    if (item.contains("/") || item.contains("?") || item.contains("@")) {
      throw wrong(
          text,
          "it names more than hosts. Database, role and properties have keys of their own:"
              + " database.dbname, database.user, database.jdbc.*");
    }
    if (item.startsWith("[")) {
      int end = item.indexOf(']');
      String rest = end < 0 ? "" : item.substring(end + 1);
      if (end < 0 || !(rest.isEmpty() || rest.startsWith(":"))) {
        throw wrong(text, "\"%s\" has no closing bracket where one belongs".formatted(item));
      }
      return new Host(
          address(text, item.substring(1, end)),
          rest.isEmpty() ? port : port(text, rest.substring(1)));
    }
    int colon = item.indexOf(':');
    if (colon >= 0 && item.indexOf(':', colon + 1) >= 0) {
      return new Host(address(text, item), port);
    }
    String name = colon < 0 ? item : item.substring(0, colon);
    if (!NAME.matcher(name).matches()) {
      throw wrong(
          text,
          "\"%s\" is not the name of a host: letters, digits, dots, hyphens and underscores"
              .formatted(name));
    }
    return new Host(name, colon < 0 ? port : port(text, item.substring(colon + 1)));
  }

  private static String address(String text, String address) {
    int zone = address.indexOf('%');
    try {
      if (IPV6.matcher(address).matches() && address.contains(":")) {
        // In brackets it is never looked up as a name.
        InetAddress.getByName("[" + (zone < 0 ? address : address.substring(0, zone)) + "]");
        return address;
      }
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(notAnAddress(text, address).getMessage(), e);
    }
    throw notAnAddress(text, address);
  }

  private static IllegalArgumentException notAnAddress(String text, String address) {
    return wrong(
        text,
        "\"%s\" is not an IPv6 address. With a port, write it in brackets, as [::1]:5432"
            .formatted(address));
  }

  private static int port(String text, String digits) {
    int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
    if (port < 1 || port > LARGEST_PORT) {
      throw wrong(text, "\"%s\" is not a port: 1 to %d".formatted(digits, LARGEST_PORT));
    }
    return port;
  }

  private static IllegalArgumentException wrong(String text, String why) {
    return new IllegalArgumentException(
        "%s \"%s\" cannot be used: %s. It is a name or an address, as db1, 10.0.0.5, ::1 or [::1]:5433, or several"
                .formatted(ConnectionConfig.HOSTNAME, text, why)
            + " separated by commas");
  }

  /** Whether several servers are named, of which the one that can be written to is meant. */
  public boolean isFailover() {
    return hosts.size() > 1;
  }

  /** The names, as libpq and the driver take them. */
  public String names() {
    return hosts.stream().map(Host::name).collect(Collectors.joining(","));
  }

  /** The ports, one for each name. */
  public String ports() {
    return hosts.stream().map(host -> String.valueOf(host.port())).collect(Collectors.joining(","));
  }

  /** {@code -h <hosts> -p <ports>}, as PostgreSQL's own commands take them. */
  public String libpqOptions() {
    return "-h %s -p %s".formatted(ShellWord.of(names()), ports());
  }

  @Override
  public String toString() {
    return hosts.stream().map(Host::toString).collect(Collectors.joining(","));
  }
}
