/** Tests of admission: objects, answers and certificates. */
@NullMarked
package ai.greenthread.k8s.admission;

import org.jspecify.annotations.NullMarked;
