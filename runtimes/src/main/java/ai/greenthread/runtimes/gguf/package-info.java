/** The GGUF file format, as far as serving a model and testing its memory need it. */
@NullMarked
package ai.greenthread.runtimes.gguf;

import org.jspecify.annotations.NullMarked;
