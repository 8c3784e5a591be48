/** gtctl by text and exit code, against an engine that runs no model. */
@NullMarked
package ai.greenthread.cli;

import org.jspecify.annotations.NullMarked;
