/** What the engine's processes share: the way to the API server, and how they are told to end. */
@NullMarked
package ai.greenthread.engine.process;

import org.jspecify.annotations.NullMarked;
