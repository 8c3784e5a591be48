/** Devices: what there is, how big it is, and how it is called. */
@NullMarked
package ai.greenthread.domain.gpu;

import org.jspecify.annotations.NullMarked;
