/** The gate's threads against each other, as a stress tool of the JDK's makers runs them. */
@NullMarked
package ai.greenthread.scheduling.gate;

import org.jspecify.annotations.NullMarked;
