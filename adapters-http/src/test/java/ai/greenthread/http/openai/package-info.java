/** Tests of the protocol knowledge. */
@NullMarked
package ai.greenthread.http.openai;

import org.jspecify.annotations.NullMarked;
