/** The engine as gtctl meets it: the files it leaves in its data directory, and its HTTP API. */
@NullMarked
package ai.greenthread.cli.client;

import org.jspecify.annotations.NullMarked;
