/** Promises of the state machine. */
@NullMarked
package ai.greenthread.scheduling.lifecycle;

import org.jspecify.annotations.NullMarked;
