/** The barrier that requests pass: open, or counting down to a drain. */
@NullMarked
package ai.greenthread.scheduling.gate;

import org.jspecify.annotations.NullMarked;
