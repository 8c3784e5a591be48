package ai.greenthread.bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** What the generator says of a set of times, in microseconds; all zero when there were none. */
@JsonIgnoreProperties(ignoreUnknown = true)
record Percentiles(long count, double p50, double p90, double p99, double p999, double max) {}
