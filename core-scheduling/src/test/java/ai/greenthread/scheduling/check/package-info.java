/**
 * An exhaustive check of small fleets: every order of events, answers and failures that the model
 * knows, over the product's own state machine, ledger and policy.
 */
@NullMarked
package ai.greenthread.scheduling.check;

import org.jspecify.annotations.NullMarked;
