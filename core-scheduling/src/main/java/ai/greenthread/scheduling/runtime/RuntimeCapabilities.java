package ai.greenthread.scheduling.runtime;

/**
 * What an inference server can do.
 *
 * @param staysAliveAsleep the process survives sleep, so its first start is worth doing before any
 *     request comes; otherwise sleeping means that the process has ended
 * @param reportsInFlight {@link InferenceRuntime#inFlight} has an answer
 */
public record RuntimeCapabilities(boolean staysAliveAsleep, boolean reportsInFlight) {}
