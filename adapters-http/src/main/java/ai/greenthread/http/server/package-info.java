/**
 * The HTTP server: Helidon accepts connections and reads requests, everything after that is ours.
 * No Helidon type leaves this package.
 */
@NullMarked
package ai.greenthread.http.server;

import org.jspecify.annotations.NullMarked;
