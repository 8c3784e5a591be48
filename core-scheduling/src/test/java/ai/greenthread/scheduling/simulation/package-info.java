/**
 * A deterministic simulation of sidecars, ledger and inference servers: the production classes run
 * in virtual time over ports that fail as real ones do, and invariants are checked after every
 * event.
 */
@NullMarked
package ai.greenthread.scheduling.simulation;

import org.jspecify.annotations.NullMarked;
