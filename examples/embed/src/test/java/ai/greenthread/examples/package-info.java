/** The README's example does what the README says. */
@NullMarked
package ai.greenthread.examples;

import org.jspecify.annotations.NullMarked;
