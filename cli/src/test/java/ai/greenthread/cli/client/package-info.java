/** The small parts of gtctl by themselves. */
@NullMarked
package ai.greenthread.cli.client;

import org.jspecify.annotations.NullMarked;
