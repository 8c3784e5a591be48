/** The sidecar's state machine as a pure function from state and event to state and effects. */
@NullMarked
package ai.greenthread.scheduling.lifecycle;

import org.jspecify.annotations.NullMarked;
