/** The scripts at the root, run as a person runs them, with JDKs that only look like some. */
@NullMarked
package ai.greenthread.e2e.scripts;

import org.jspecify.annotations.NullMarked;
