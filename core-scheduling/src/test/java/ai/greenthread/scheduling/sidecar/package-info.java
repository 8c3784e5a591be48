/** Promises of the sidecar and of the machinery around it. */
@NullMarked
package ai.greenthread.scheduling.sidecar;

import org.jspecify.annotations.NullMarked;
