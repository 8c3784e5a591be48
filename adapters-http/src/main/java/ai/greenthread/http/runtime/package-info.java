/**
 * Inference servers as the engine meets them: vLLM by its admin API, llama.cpp and the builtin
 * server by starting and ending their process, anything else by HTTP steps. Everything here only
 * translates; what a server claims is believed by nobody before it was measured.
 */
@NullMarked
package ai.greenthread.http.runtime;

import org.jspecify.annotations.NullMarked;
