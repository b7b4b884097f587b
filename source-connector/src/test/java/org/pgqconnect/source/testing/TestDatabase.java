/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.testing;

import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgqconnect.local.londiste.PgqDaemon;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.source.engine.EngineInstaller;

/** A database for one test. Role {@code installer} owns it, role {@code app} may only connect. */
public final class TestDatabase implements AutoCloseable {

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final PostgresServer server;
  private final String name;

  private TestDatabase(PostgresServer server, String name) {
    this.server = server;
    this.name = name;
  }

  /** A fresh database on any server. */
  public static TestDatabase create(PostgresServer server, boolean extension) {
    return create(server, extension, "");
  }

  /**
   * A fresh database.
   *
   * @param clauses what CREATE DATABASE says more, such as an encoding
   */
  public static TestDatabase create(PostgresServer server, boolean extension, String clauses) {
    TestDatabase database = new TestDatabase(server, "it_" + NUMBER.incrementAndGet());
    try (TestSession admin =
        new TestSession(server.jdbcUrl("postgres"), "postgres", server.password())) {
      for (String role : new String[] {"installer", "app"}) {
        if (admin.text("select to_regrole(?)::text", role) == null) {
          admin.run("create role " + role + " login password 'secret'");
        }
      }
      admin.run("create database " + database.name + " owner installer " + clauses);
    }
    try (TestSession admin = database.open("postgres")) {
      admin.run("alter schema public owner to installer");
      admin.run("grant usage on schema public to app");
      if (extension) {
        admin.run("create extension pgq");
        admin.run("grant pgq_admin to installer");
      }
    }
    return database;
  }

  /** What it is called on its server. */
  public String name() {
    return name;
  }

  /** The keys of a connector's configuration that say where it is, for role {@code installer}. */
  public Map<String, String> connectorKeys() {
    return Map.of(
        "database.hostname",
        server.host(),
        "database.port",
        String.valueOf(server.port()),
        "database.dbname",
        name,
        "database.user",
        "installer",
        "database.password",
        "secret");
  }

  /** Installs pgq-connect and creates queue {@code q}. */
  public TestDatabase withQueue() {
    try (TestSession session = open()) {
      EngineInstaller installer = new EngineInstaller();
      installer.install(session.connection());
      installer.createQueue(session.connection(), "q");
      return this;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A session of role {@code installer}. */
  public TestSession open() {
    return open("installer");
  }

  /** A session of any role. */
  public TestSession open(String role) {
    TestSession session =
        new TestSession(
            server.jdbcUrl(name), role, role.equals("postgres") ? server.password() : "secret");
    session.run("set timezone = 'America/St_Johns'");
    return session;
  }

  /** Starts Debian's {@code pgqd} on it; ask {@link PgqDaemon#unavailable} first. */
  public PgqDaemon startPgqd() {
    return PgqDaemon.start(server, name);
  }

  @Override
  public void close() {
    try (TestSession admin =
        new TestSession(server.jdbcUrl("postgres"), "postgres", server.password())) {
      admin.run("drop database " + name + " with (force)");
    }
  }
}
