/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectSetup;
import org.pgqconnect.local.kafka.JvmOptions;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;
import org.pgqconnect.local.process.ProjectHome;

/**
 * Starts one stack for all test classes of a run and hands it to their methods. Which PostgreSQL it
 * is says the system property {@code pgqconnect.it.postgres}: {@code 13} to {@code 18} are embedded
 * and have our own engine, {@code debian15} has the real {@code pgq} extension.
 */
public final class TestStack implements BeforeAllCallback, ParameterResolver {
  public static final String DATABASES = "databases";

  private static final AtomicInteger OWN_WORKERS = new AtomicInteger();
  private static final Namespace NAMESPACE = Namespace.create(TestStack.class);
  private static final String PROPERTY = "pgqconnect.it.postgres";

  /** The stack, ended by JUnit after the last test class. */
  private record Running(LocalStack stack) implements AutoCloseable {
    @Override
    public void close() {
      stack.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    PostgresSetup postgres = postgres();
    postgres.unavailable().ifPresent(reason -> assumeTrue(false, "skipped: " + reason));
    context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(Running.class, key -> start(postgres), Running.class);
  }

  /** The stack that the test class's extension started. */
  static LocalStack running(ExtensionContext context) {
    return context.getRoot().getStore(NAMESPACE).get(Running.class, Running.class).stack();
  }

  /** True when the run is against the real {@code pgq} extension. */
  public static boolean hasExtension() {
    return version().equals("debian15");
  }

  private static String version() {
    return System.getProperty(PROPERTY, "18");
  }

  /** A server of this run's kind, for a test that needs one of its own. */
  public static PostgresSetup postgres() {
    return prepared(
        hasExtension()
            ? PostgresServer.debian15()
            : PostgresServer.embedded(Integer.parseInt(version())));
  }

  /** With the settings that all tests' servers have. */
  public static PostgresSetup prepared(PostgresSetup server) {
    return server
        .setting("max_prepared_transactions", "5")
        .setting("max_connections", "200")
        // Unlike the JVM's, so that nothing may depend on either.
        .setting("timezone", "Asia/Kathmandu")
        .setting("datestyle", "German");
  }

  /** A worker with both plugins and a heap of 512 MB. */
  private static ConnectSetup worker() {
    ConnectSetup connect = ConnectSetup.defaults().jvm(JvmOptions.heap("512m"));
    for (String side : new String[] {"source", "sink"}) {
      connect = connect.plugins(pluginDirectory(side));
    }
    return connect;
  }

  /** A worker of a group of its own, for a test that kills it; to be started. */
  public static ConnectSetup ownWorker() {
    String group = "own" + OWN_WORKERS.incrementAndGet();
    return worker()
        .setting("group.id", group)
        .setting("config.storage.topic", group + "-configs")
        .setting("offset.storage.topic", group + "-offsets")
        .setting("status.storage.topic", group + "-status");
  }

  private static Running start(PostgresSetup postgres) {
    return new Running(
        LocalStack.builder().postgres(DATABASES, postgres).connect(worker()).start());
  }

  /** Where the build put a plugin. */
  public static Path pluginDirectory(String side) {
    Path target = ProjectHome.file(side + "-connector/target");
    try (Stream<Path> entries = Files.list(target)) {
      return entries
          .filter(path -> path.getFileName().toString().endsWith("-plugin"))
          .filter(Files::isDirectory)
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("No plugin is built in " + target));
    } catch (IOException e) {
      throw new IllegalStateException("No plugin is built in " + target, e);
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == LocalStack.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return running(context);
  }
}
