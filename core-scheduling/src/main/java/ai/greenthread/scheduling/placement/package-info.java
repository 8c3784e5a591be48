/** Which devices a replica belongs to. */
@NullMarked
package ai.greenthread.scheduling.placement;

import org.jspecify.annotations.NullMarked;
