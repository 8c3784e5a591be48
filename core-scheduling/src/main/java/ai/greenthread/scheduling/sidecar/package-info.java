/** The one writer that joins gate, lifecycle, ledger and runtime. */
@NullMarked
package ai.greenthread.scheduling.sidecar;

import org.jspecify.annotations.NullMarked;
