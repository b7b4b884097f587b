/** The pgq-connect command: one class a subcommand. */
package org.pgqconnect.cli;
