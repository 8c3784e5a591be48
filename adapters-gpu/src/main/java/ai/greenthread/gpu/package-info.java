/**
 * Measures devices and processes: NVIDIA's management library, {@code nvidia-smi}, virtual devices
 * and the main memory of process trees. Enter by {@link ai.greenthread.gpu.Probes}.
 */
@NullMarked
package ai.greenthread.gpu;

import org.jspecify.annotations.NullMarked;
