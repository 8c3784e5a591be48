package ai.greenthread.k8s.gpus;

import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuReading;

/**
 * One device as its node sees it now.
 *
 * @param device what it is
 * @param reading how it fares
 * @param inUse whether any process is on it, of the engine or not
 */
public record ObservedGpu(GpuDevice device, GpuReading reading, boolean inUse) {}
