/** Vocabulary that every room of the house shares. */
@NullMarked
package ai.greenthread.domain;

import org.jspecify.annotations.NullMarked;
