/**
 * What nodes report of themselves as objects: {@code GPU} and {@code StorageNode}, with the rules
 * that keep nonsense out when a person writes one.
 */
@NullMarked
package ai.greenthread.domain.fleet;

import org.jspecify.annotations.NullMarked;
