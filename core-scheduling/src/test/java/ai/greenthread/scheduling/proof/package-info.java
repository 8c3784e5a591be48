/** Runs SPIN over the Promela model of replicas that contend for devices. */
@NullMarked
package ai.greenthread.scheduling.proof;

import org.jspecify.annotations.NullMarked;
