/**
 * What the OpenAI and Anthropic protocols ask of a gateway: the one error writer and the reading of
 * {@code model} and {@code stream} from a request body without parsing all of it.
 */
@NullMarked
package ai.greenthread.http.openai;

import org.jspecify.annotations.NullMarked;
