package ai.greenthread.bench;

/** A gateway that takes no part in this run, and why. */
record Missing(String name, String reason) {}
