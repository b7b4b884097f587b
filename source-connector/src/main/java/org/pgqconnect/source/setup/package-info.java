/**
 * Before a task begins: what is missing on the provider is installed.
 *
 * <p>In: the configuration. Out: engine, queue and triggers.
 */
package org.pgqconnect.source.setup;
