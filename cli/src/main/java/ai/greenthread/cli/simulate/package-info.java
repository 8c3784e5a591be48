/**
 * {@code gtctl simulate}: reads what is to be simulated, lets the policy lab run it, and says what
 * came of it.
 */
@NullMarked
package ai.greenthread.cli.simulate;

import org.jspecify.annotations.NullMarked;
