/**
 * The HTTP surface that our own inference servers share: the routes, shapes and words of vLLM's
 * OpenAI-compatible server. Whoever can talk to one of them can talk to all, and to vLLM itself.
 */
@NullMarked
package ai.greenthread.runtimes.surface;

import org.jspecify.annotations.NullMarked;
