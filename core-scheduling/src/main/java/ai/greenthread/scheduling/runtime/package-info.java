/** The port to an inference server, and the procedures that believe only what was measured. */
@NullMarked
package ai.greenthread.scheduling.runtime;

import org.jspecify.annotations.NullMarked;
