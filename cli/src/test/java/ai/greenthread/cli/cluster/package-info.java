/** How an engine on a cluster is read, in cases that need no cluster. */
@NullMarked
package ai.greenthread.cli.cluster;

import org.jspecify.annotations.NullMarked;
