/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectWorker;
import org.pgqconnect.local.registry.SchemaRegistry;

/**
 * A schema registry, and a worker with its converters, for all test classes that ask for them.
 * Stands behind {@link TestStack}, whose broker and servers it uses.
 */
public final class RegistryStack implements BeforeAllCallback, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(RegistryStack.class);
  private static final String PACKAGE = "io.apicurio.registry.utils.converter.";

  /** What runs, ended by JUnit after the last test class. */
  public record Running(SchemaRegistry registry, ConnectWorker worker) implements AutoCloseable {
    @Override
    public void close() {
      worker.close();
      registry.close();
    }

    /** A replication whose connectors run on the worker. */
    public Replication replication(LocalStack stack) throws Exception {
      return Replication.at(Place.of(stack).withRest(worker.rest()));
    }

    /** With Avro for keys and values. */
    public ConnectorConfig avro(ConnectorConfig connector) {
      return avro(connector, registry);
    }

    /** The same with a registry that other tests do not need. */
    public ConnectorConfig avro(ConnectorConfig connector, SchemaRegistry own) {
      return with(connector, "AvroConverter", own);
    }

    /** With JSON whose schemas are in the registry. */
    public ConnectorConfig jsonSchema(ConnectorConfig connector) {
      return with(connector, "ExtJsonConverter", registry);
    }

    private static ConnectorConfig with(
        ConnectorConfig connector, String converter, SchemaRegistry registry) {
      ConnectorConfig with = connector;
      for (String side : new String[] {"key.converter", "value.converter"}) {
        with =
            with.with(side, PACKAGE + converter)
                .with(side + ".apicurio.registry.url", registry.url())
                .with(side + ".apicurio.registry.auto-register", "true")
                .with(side + ".apicurio.registry.find-latest", "true");
      }
      return with;
    }
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
    SchemaRegistry registry = SchemaRegistry.start();
    try {
      return new Running(
          registry,
          TestStack.ownWorker()
              .plugins(SchemaRegistry.converters())
              .start(stack.kafka().bootstrapServers()));
    } catch (RuntimeException e) {
      registry.close();
      throw e;
    }
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
