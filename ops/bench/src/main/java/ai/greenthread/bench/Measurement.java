package ai.greenthread.bench;

/**
 * One valid run of one scenario against one gateway.
 *
 * @param foreignCpu share of the machine, 0 to 1, that processes other than gateway, mock and
 *     generator used meanwhile
 * @param memoryBytes of the gateway's processes in the middle of the run
 * @param voided runs thrown away before this one because a request failed
 */
record Measurement(
    String gateway,
    String scenario,
    int round,
    Load load,
    double foreignCpu,
    long memoryBytes,
    int voided) {}
