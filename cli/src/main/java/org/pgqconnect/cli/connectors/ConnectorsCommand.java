/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.connectors;

import picocli.CommandLine.Command;

/** What is done on a Connect cluster. */
@Command(
    name = "connectors",
    description = "Deploys connectors to a Connect cluster.",
    mixinStandardHelpOptions = true,
    subcommands = {DeployCommand.class},
    synopsisSubcommandLabel = "COMMAND")
public final class ConnectorsCommand {}
