/**
 * The agent of a node: it reports the node's GPUs, says that it is alive, and tells a pod's sidecar
 * what the pod holds of each GPU.
 */
@NullMarked
package ai.greenthread.engine.agent;

import org.jspecify.annotations.NullMarked;
