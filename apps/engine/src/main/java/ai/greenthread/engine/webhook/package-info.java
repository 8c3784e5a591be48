/**
 * The webhook: the API server asks it about every object that somebody writes, over TLS with a
 * certificate that its replicas make and replace by themselves.
 */
@NullMarked
package ai.greenthread.engine.webhook;

import org.jspecify.annotations.NullMarked;
