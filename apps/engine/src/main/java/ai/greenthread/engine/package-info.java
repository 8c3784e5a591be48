/** The engine on Kubernetes: one image whose sub-commands are its four processes. */
@NullMarked
package ai.greenthread.engine;

import org.jspecify.annotations.NullMarked;
