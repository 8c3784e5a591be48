/** How servers of ours are started, and how they end. */
@NullMarked
package ai.greenthread.runtimes.child;

import org.jspecify.annotations.NullMarked;
