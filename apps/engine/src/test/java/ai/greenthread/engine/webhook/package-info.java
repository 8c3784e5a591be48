/** Tests of the webhook, asked by a real API server. */
@NullMarked
package ai.greenthread.engine.webhook;

import org.jspecify.annotations.NullMarked;
