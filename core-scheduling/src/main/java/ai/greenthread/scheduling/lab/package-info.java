/**
 * The policy lab: a discrete-event simulator that runs policies, the production ones among them,
 * over request traces on a described fleet, and says how well each did and how well any could.
 */
@NullMarked
package ai.greenthread.scheduling.lab;

import org.jspecify.annotations.NullMarked;
