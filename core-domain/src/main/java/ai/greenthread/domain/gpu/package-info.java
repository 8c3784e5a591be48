/**
 * Devices: what there is, how big it is, how it fares and who uses its memory, with the ports that
 * measure it.
 */
@NullMarked
package ai.greenthread.domain.gpu;

import org.jspecify.annotations.NullMarked;
