/** Tests of the server over raw sockets: what clients can do to it and what they get. */
@NullMarked
package ai.greenthread.http.server;

import org.jspecify.annotations.NullMarked;
