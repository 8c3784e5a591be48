/** How copies of the API server's objects are kept. */
@NullMarked
package ai.greenthread.k8s.client;

import org.jspecify.annotations.NullMarked;
