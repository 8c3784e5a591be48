/** Tests of the engine on one machine, with simulated servers on virtual GPUs. */
@NullMarked
package ai.greenthread.standalone;

import org.jspecify.annotations.NullMarked;
