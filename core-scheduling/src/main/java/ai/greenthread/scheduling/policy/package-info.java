/**
 * Who is woken, who waits and who has to make room: pure functions over a snapshot of the ledger.
 */
@NullMarked
package ai.greenthread.scheduling.policy;

import org.jspecify.annotations.NullMarked;
