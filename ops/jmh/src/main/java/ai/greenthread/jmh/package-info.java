/** Benchmarks of the core's decisions. */
@NullMarked
package ai.greenthread.jmh;

import org.jspecify.annotations.NullMarked;
