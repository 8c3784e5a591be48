/**
 * The hot path: an HTTP/1.1 connector to inference servers and the relay that passes their answers
 * on, byte for byte, as they arrive. Blocking sockets on virtual threads; no server framework and
 * no JSON library is known here.
 */
@NullMarked
package ai.greenthread.http.relay;

import org.jspecify.annotations.NullMarked;
