/**
 * Claims of pods that are no Models: the {@code GPUShareClaim} object, with the rules that it has
 * to keep.
 */
@NullMarked
package ai.greenthread.domain.share;

import org.jspecify.annotations.NullMarked;
