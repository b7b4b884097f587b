/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.postgres.PostgresServer;

/**
 * Where a replication runs.
 *
 * @param rest the Connect worker's
 */
public record Place(ConnectRest rest, PostgresServer provider, PostgresServer subscriber) {

  /** The servers that all tests share. */
  public static Place of(LocalStack stack) {
    PostgresServer server = stack.postgres(TestStack.DATABASES);
    return new Place(stack.rest(), server, server);
  }

  public Place withRest(ConnectRest other) {
    return new Place(other, provider, subscriber);
  }

  public Place withProvider(PostgresServer other) {
    return new Place(rest, other, subscriber);
  }

  public Place withSubscriber(PostgresServer other) {
    return new Place(rest, provider, other);
  }
}
