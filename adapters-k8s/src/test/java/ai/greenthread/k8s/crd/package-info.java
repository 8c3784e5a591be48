/** The resource definitions against a real API server. */
@NullMarked
package ai.greenthread.k8s.crd;

import org.jspecify.annotations.NullMarked;
