/** The engine on a real API server, with stand-ins only for the kubelet and the GPUs. */
@NullMarked
package ai.greenthread.engine.cluster;

import org.jspecify.annotations.NullMarked;
