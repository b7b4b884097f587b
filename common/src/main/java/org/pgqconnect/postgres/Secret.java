/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static java.util.Objects.requireNonNull;

/**
 * A text that logs and messages do not show.
 *
 * @param value the text itself
 */
public record Secret(String value) {
  public Secret {
    requireNonNull(value, "value");
  }

  @Override
  public String toString() {
    return "[hidden]";
  }
}
