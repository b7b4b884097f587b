/** What a task shows through JMX. Reads the components; nobody knows it. */
package org.pgqconnect.source.metrics;
