/** The agent against a stand-in for NVIDIA's library and a real API server. */
@NullMarked
package ai.greenthread.engine.agent;

import org.jspecify.annotations.NullMarked;
