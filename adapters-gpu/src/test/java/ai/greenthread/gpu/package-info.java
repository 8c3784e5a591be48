/** Tests of the probes, with stand-ins for the driver's library and tool. */
@NullMarked
package ai.greenthread.gpu;

import org.jspecify.annotations.NullMarked;
