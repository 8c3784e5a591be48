/**
 * Who holds which GPU: one versioned record per device, changed only by rules and compare-and-swap.
 */
@NullMarked
package ai.greenthread.scheduling.ledger;

import org.jspecify.annotations.NullMarked;
