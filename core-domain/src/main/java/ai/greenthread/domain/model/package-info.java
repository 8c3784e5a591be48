/** The Model that a user declares: every field, its default, and every rule it has to keep. */
@NullMarked
package ai.greenthread.domain.model;

import org.jspecify.annotations.NullMarked;
