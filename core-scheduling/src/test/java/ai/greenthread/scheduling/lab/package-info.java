/** Tests of the policy lab itself. */
@NullMarked
package ai.greenthread.scheduling.lab;

import org.jspecify.annotations.NullMarked;
