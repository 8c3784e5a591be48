/**
 * What happens in the engine, as a stream of events that people and programs can follow: thirteen
 * types in one envelope, kept for a while so that a late listener can catch up.
 */
@NullMarked
package ai.greenthread.http.events;

import org.jspecify.annotations.NullMarked;
