/** Tests of {@code ai.greenthread.domain.fleet}. */
@NullMarked
package ai.greenthread.domain.fleet;

import org.jspecify.annotations.NullMarked;
