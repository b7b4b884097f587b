/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectWorker;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.process.ProjectHome;

/**
 * A worker with Debezium's connectors beside ours, and a server whose log Debezium can decode, for
 * all test classes that ask for them. Stands behind {@link TestStack}, whose broker it uses.
 */
public final class DebeziumStack implements BeforeAllCallback, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(DebeziumStack.class);

  /** What runs, ended by JUnit after the last test class. */
  public record Running(ConnectWorker worker, PostgresServer server) implements AutoCloseable {
    @Override
    public void close() {
      worker.close();
      server.close();
    }

    /** A replication whose connectors run on the worker, and whose databases on the server. */
    public Replication replication(LocalStack stack) throws SQLException {
      return Replication.at(
          Place.of(stack).withRest(worker.rest()).withProvider(server).withSubscriber(server));
    }
  }

  /** The connector with Debezium's values and schemas in its records. */
  public static ConnectorConfig withDebeziumsValues(ConnectorConfig source) {
    return withSchemas(source).with("values", "debezium").with("tombstones.on.delete", "true");
  }

  /** A connector whose records have schemas. */
  public static ConnectorConfig withSchemas(ConnectorConfig connector) {
    ConnectorConfig with = connector;
    for (String side : new String[] {"key.converter", "value.converter"}) {
      with =
          with.with(side, "org.apache.kafka.connect.json.JsonConverter")
              .with(side + ".schemas.enable", "true");
    }
    return with;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    LocalStack stack = TestStack.running(context);
    context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(Running.class, key -> start(stack), Running.class);
  }

  private static Running start(LocalStack stack) {
    PostgresServer server = TestStack.postgres().setting("wal_level", "logical").start();
    try {
      return new Running(
          TestStack.ownWorker().plugins(plugins()).start(stack.kafka().bootstrapServers()), server);
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static Path plugins() {
    Path plugins = ProjectHome.file("debezium/target/plugins");
    if (!Files.isDirectory(plugins)) {
      throw new IllegalStateException(
          "Debezium's connectors are not unpacked in %s: run mvn package".formatted(plugins));
    }
    return plugins;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Running.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context.getRoot().getStore(NAMESPACE).get(Running.class, Running.class);
  }
}
