/** The agent's reports against a real API server. */
@NullMarked
package ai.greenthread.k8s.gpus;

import org.jspecify.annotations.NullMarked;
