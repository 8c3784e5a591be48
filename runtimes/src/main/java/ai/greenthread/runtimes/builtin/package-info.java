/** The builtin engine: llama.cpp inside a child JVM, serving any GGUF file on the CPU. */
@NullMarked
package ai.greenthread.runtimes.builtin;

import org.jspecify.annotations.NullMarked;
