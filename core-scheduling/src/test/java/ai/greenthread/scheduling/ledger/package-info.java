/** Promises of the ledger and of every store behind it. */
@NullMarked
package ai.greenthread.scheduling.ledger;

import org.jspecify.annotations.NullMarked;
