/** How gtctl looks: tables, colours, ages, progress and the live view. Knows no engine. */
@NullMarked
package ai.greenthread.cli.text;

import org.jspecify.annotations.NullMarked;
