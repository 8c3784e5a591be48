/** Tests of the journal and its stream. */
@NullMarked
package ai.greenthread.http.events;

import org.jspecify.annotations.NullMarked;
