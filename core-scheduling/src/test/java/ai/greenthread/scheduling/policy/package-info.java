/** Promises of the policies and of the bound they imply. */
@NullMarked
package ai.greenthread.scheduling.policy;

import org.jspecify.annotations.NullMarked;
