package ai.greenthread.bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What the load generator reports of one run.
 *
 * @param ok answers that were whole and good
 * @param failed any other outcome; a run with one is void
 * @param lateSends requests that the generator itself sent more than a millisecond after they were
 *     due
 * @param cpuMicrosEach CPU time of the gateway's processes per request or stream
 * @param firstByteMicros streams: from due to the first event
 * @param travelMicros streams: from the mock's writing of an event to its reading
 * @param addedGapMicros streams: what the time between two events exceeds the pace by
 * @param lostEvents events that never came
 * @param lateEvents events later than ten times the pace after the one before
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
record Load(
    long ok,
    long failed,
    String firstFailure,
    long connects,
    long lateSends,
    double seconds,
    double perSecond,
    double cpuMicrosEach,
    double cpuSeconds,
    double generatorCpuMicrosEach,
    double generatorCpuSeconds,
    Percentiles latencyMicros,
    @Nullable Percentiles firstByteMicros,
    @Nullable Percentiles travelMicros,
    @Nullable Percentiles addedGapMicros,
    long events,
    long lostEvents,
    long lateEvents) {}
