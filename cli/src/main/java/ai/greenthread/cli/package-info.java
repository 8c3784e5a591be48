/** gtctl: the hands of the person who runs the engine. Starts it, and speaks to its HTTP API. */
@NullMarked
package ai.greenthread.cli;

import org.jspecify.annotations.NullMarked;
