package ai.greenthread.scheduling.sidecar;

import ai.greenthread.scheduling.lifecycle.LifecycleSettings;
import java.time.Duration;

/**
 * How a sidecar treats its requests.
 *
 * @param lifecycle times of sleep and wake
 * @param maxQueueDepth longest queue of parked requests; default 5,000
 * @param requestTimeout longest wait in it, the wake included; default 300 s
 * @param rejectDuringDrain answer requests that meet a drain with 503 instead of parking them for
 *     the next wake
 */
public record SidecarSettings(
    LifecycleSettings lifecycle,
    int maxQueueDepth,
    Duration requestTimeout,
    boolean rejectDuringDrain) {}
