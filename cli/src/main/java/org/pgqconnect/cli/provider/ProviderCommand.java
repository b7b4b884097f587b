/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.provider;

import picocli.CommandLine.Command;

/** What is done on a provider. */
@Command(
    name = "provider",
    description = "Prepares a provider and says which tables are replicated.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ProviderInstallCommand.class,
      ProviderUninstallCommand.class,
      ProviderAddCommand.class,
      ProviderRemoveCommand.class,
      ProviderTablesCommand.class,
      ProviderResyncCommand.class,
      ProviderRegisterCommand.class,
      ProviderRepairTicksCommand.class
    },
    synopsisSubcommandLabel = "COMMAND")
public final class ProviderCommand {}
