/** Tests of the Model: what is read, what is refused and why, and what is written again. */
@NullMarked
package ai.greenthread.domain.model;

import org.jspecify.annotations.NullMarked;
