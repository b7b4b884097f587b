/** What both connectors do with a configuration as a whole: keys that nobody reads are noticed. */
package org.pgqconnect.config;
