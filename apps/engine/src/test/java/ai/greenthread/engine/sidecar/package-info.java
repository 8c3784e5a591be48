/** What a sidecar keeps to when the API server or the node's agent is away. */
@NullMarked
package ai.greenthread.engine.sidecar;

import org.jspecify.annotations.NullMarked;
