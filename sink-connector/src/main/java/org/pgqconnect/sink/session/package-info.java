/** One session on the subscriber and what works on it. */
package org.pgqconnect.sink.session;
