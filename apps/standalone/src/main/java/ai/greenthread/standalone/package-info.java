/**
 * The engine on one machine: devices, models, sidecars and lc-proxy in one process tree, and an API
 * for those who operate it. {@link ai.greenthread.standalone.Standalone} is its door, for gtctl and
 * for programs that embed it.
 */
@NullMarked
package ai.greenthread.standalone;

import org.jspecify.annotations.NullMarked;
