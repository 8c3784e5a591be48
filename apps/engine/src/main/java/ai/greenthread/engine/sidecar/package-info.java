/** The sidecar of one Model pod: the core's sidecar over GPU objects, and its front door. */
@NullMarked
package ai.greenthread.engine.sidecar;

import org.jspecify.annotations.NullMarked;
