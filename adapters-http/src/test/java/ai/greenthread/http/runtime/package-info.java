/** One contract for every inference server behind the port, and what is peculiar to each. */
@NullMarked
package ai.greenthread.http.runtime;

import org.jspecify.annotations.NullMarked;
