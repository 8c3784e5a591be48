/**
 * lc-proxy: one OpenAI endpoint for all models. It reads {@code model} from a request, chooses a
 * replica, and passes everything else through untouched.
 */
@NullMarked
package ai.greenthread.proxy;

import org.jspecify.annotations.NullMarked;
