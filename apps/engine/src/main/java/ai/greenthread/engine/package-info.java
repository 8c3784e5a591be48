/** The engine on Kubernetes: what its four processes share. */
@NullMarked
package ai.greenthread.engine;

import org.jspecify.annotations.NullMarked;
