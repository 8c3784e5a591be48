/** Tests of what {@code gtctl simulate} reads and writes. */
@NullMarked
package ai.greenthread.cli.simulate;

import org.jspecify.annotations.NullMarked;
