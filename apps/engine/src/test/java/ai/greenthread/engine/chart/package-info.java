/** Charts, installed by Helm itself into a real control plane. */
@NullMarked
package ai.greenthread.engine.chart;

import org.jspecify.annotations.NullMarked;
