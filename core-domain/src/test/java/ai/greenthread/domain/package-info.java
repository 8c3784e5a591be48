/** Tests of the vocabulary that every room shares. */
@NullMarked
package ai.greenthread.domain;

import org.jspecify.annotations.NullMarked;
