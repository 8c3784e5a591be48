/** How a command ends: the exit codes, and the failure that says what to do. */
@NullMarked
package ai.greenthread.cli.outcome;

import org.jspecify.annotations.NullMarked;
