/**
 * What the tests of this module share: a child process, an HTTP client that reads streams, a
 * patient eye.
 */
@NullMarked
package ai.greenthread.runtimes.testing;

import org.jspecify.annotations.NullMarked;
