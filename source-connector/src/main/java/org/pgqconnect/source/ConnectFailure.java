/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.plugin.ConnectErrors;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.session.RetryException;
import org.pgqconnect.source.session.SourceFailure;

/** What went wrong as the exceptions that Connect knows: the only place that makes them. */
final class ConnectFailure {
  private ConnectFailure() {}

  /**
   * What the task throws.
   *
   * @return a {@link RetriableException} when Connect is to poll again; anything else fails the
   *     task
   */
  static ConnectException of(ProviderSession.Settings settings, Exception failure) {
    if (failure instanceof ConnectException connect) {
      return connect; // Kafka's own code threw it.
    }
    RuntimeException explained = SourceFailure.explain(settings, failure);
    return ConnectErrors.inPlaceOf(
        explained,
        explained instanceof RetryException
            ? new RetriableException(explained.getMessage(), explained.getCause())
            : new ConnectException(explained.getMessage(), explained.getCause()));
  }

  /** An operator has to act. */
  static ConnectException of(StopException stop) {
    return ConnectErrors.inPlaceOf(stop, new ConnectException(stop.getMessage(), stop.getCause()));
  }
}
