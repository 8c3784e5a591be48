/** Bringing an engine up and down: the way it is started, watched while it runs, and ended. */
@NullMarked
package ai.greenthread.cli.up;

import org.jspecify.annotations.NullMarked;
