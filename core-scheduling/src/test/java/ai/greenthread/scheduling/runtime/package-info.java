/** Promises of the memory rules. */
@NullMarked
package ai.greenthread.scheduling.runtime;

import org.jspecify.annotations.NullMarked;
