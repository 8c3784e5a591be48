/** What the tests of several packages share. */
@NullMarked
package ai.greenthread.scheduling;

import org.jspecify.annotations.NullMarked;
