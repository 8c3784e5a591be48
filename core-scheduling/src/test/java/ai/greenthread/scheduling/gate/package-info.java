/** Promises of the gate. */
@NullMarked
package ai.greenthread.scheduling.gate;

import org.jspecify.annotations.NullMarked;
