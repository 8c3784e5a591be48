/** The small parts of gtctl by themselves. */
@NullMarked
package ai.greenthread.cli.text;

import org.jspecify.annotations.NullMarked;
