/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.subscriber;

import picocli.CommandLine.Command;

/** What is done on a subscriber. */
@Command(
    name = "subscriber",
    description = "Prepares a subscriber.",
    mixinStandardHelpOptions = true,
    subcommands = {SubscriberInstallCommand.class, SubscriberAdoptCommand.class},
    synopsisSubcommandLabel = "COMMAND")
public final class SubscriberCommand {}
