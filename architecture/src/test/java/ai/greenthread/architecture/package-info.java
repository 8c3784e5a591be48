/**
 * The sentences of ARCHITECTURE.md about who may know whom, held by ArchUnit: {@link
 * ai.greenthread.architecture.HouseRules} says them, one rule each, and each is proved able to fail
 * over the small sinners in {@code fixture}.
 */
@NullMarked
package ai.greenthread.architecture;

import org.jspecify.annotations.NullMarked;
