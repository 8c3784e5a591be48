/** Promises of placement. */
@NullMarked
package ai.greenthread.scheduling.placement;

import org.jspecify.annotations.NullMarked;
