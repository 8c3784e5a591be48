/** What a server process owes to the process that started it. */
@NullMarked
package ai.greenthread.runtimes.child;

import org.jspecify.annotations.NullMarked;
