/** Raw sockets for tests: an upstream and a client that do exactly what they are told. */
@NullMarked
package ai.greenthread.http.testkit;

import org.jspecify.annotations.NullMarked;
