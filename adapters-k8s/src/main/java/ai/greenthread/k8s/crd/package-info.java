/** The custom resources of {@code greenthread.ai/v1alpha1}: their definitions and their paths. */
@NullMarked
package ai.greenthread.k8s.crd;

import org.jspecify.annotations.NullMarked;
