/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import org.pgqconnect.source.PgqSourceConnector;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class ProjectVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"pgq-connect " + new PgqSourceConnector().version()};
  }
}
