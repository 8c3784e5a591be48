/**
 * The sidecar's front door: lets inference requests through the gate to the runtime, and shows how
 * the model fares.
 */
@NullMarked
package ai.greenthread.http.sidecar;

import org.jspecify.annotations.NullMarked;
