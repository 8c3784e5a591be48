/**
 * What the benchmark's numbers rest on: that failures are seen, stalls are paid for, and rounds are
 * compared as pairs.
 */
@NullMarked
package ai.greenthread.bench;

import org.jspecify.annotations.NullMarked;
