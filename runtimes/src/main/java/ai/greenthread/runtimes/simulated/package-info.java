/**
 * A simulated vLLM: the surface, the sleep routes, the memory and the faults of the real one,
 * without a GPU or a model. It is labelled as simulated wherever it names itself.
 */
@NullMarked
package ai.greenthread.runtimes.simulated;

import org.jspecify.annotations.NullMarked;
