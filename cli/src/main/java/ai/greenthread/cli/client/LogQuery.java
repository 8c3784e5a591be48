package ai.greenthread.cli.client;

import java.util.OptionalInt;

/**
 * Which part of a log is wanted.
 *
 * @param tail so many of the last lines
 * @param follow go on with what is written from then on
 * @param replica whose log; empty for the first, or only one
 */
public record LogQuery(int tail, boolean follow, OptionalInt replica) {}
