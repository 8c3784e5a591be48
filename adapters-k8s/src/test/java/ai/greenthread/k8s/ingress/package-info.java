/**
 * A stand-in for an ingress controller, which finds pods at the loopback addresses of test nodes.
 */
@NullMarked
package ai.greenthread.k8s.ingress;

import org.jspecify.annotations.NullMarked;
