/** Tests of {@code ai.greenthread.domain.share}. */
@NullMarked
package ai.greenthread.domain.share;

import org.jspecify.annotations.NullMarked;
