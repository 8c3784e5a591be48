/** The README's example of an embedded engine. */
@NullMarked
package ai.greenthread.examples;

import org.jspecify.annotations.NullMarked;
