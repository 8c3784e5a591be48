/** Talks to the API server in JSON trees, so that a newer server's unknown fields break nothing. */
@NullMarked
package ai.greenthread.k8s.client;

import org.jspecify.annotations.NullMarked;
