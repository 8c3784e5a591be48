/**
 * Reads what clients, sidecars and runtimes wrote of a run and says whether a request was lost,
 * doubled, or answered by a model that was not serving. The rules are pure: records in, faults out.
 * All of it is test code, because nothing of the product needs it; it is apart from the tests that
 * make histories so that it cannot know how they were made.
 */
@NullMarked
package ai.greenthread.e2e.history;

import org.jspecify.annotations.NullMarked;
