/** A real engine, started as a user starts it, with the demo fleet: three models, room for one. */
@NullMarked
package ai.greenthread.e2e.engine;

import org.jspecify.annotations.NullMarked;
