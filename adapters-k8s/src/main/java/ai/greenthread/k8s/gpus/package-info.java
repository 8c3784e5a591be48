/** What a node's agent writes: GPU objects, how their devices fare, and that it is alive. */
@NullMarked
package ai.greenthread.k8s.gpus;

import org.jspecify.annotations.NullMarked;
