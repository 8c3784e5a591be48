/**
 * A small HTTP/1.1 server on blocking sockets and virtual threads. It exists because the JDK's own
 * server cannot tell a handler that its client has left while the handler is silent, and because a
 * fault test must be able to cut a connection.
 */
@NullMarked
package ai.greenthread.runtimes.http;

import org.jspecify.annotations.NullMarked;
