/**
 * A stand-in for a node and its kubelet: pods run as processes of this machine, without containers,
 * each on a loopback address of its own.
 */
@NullMarked
package ai.greenthread.k8s.node;

import org.jspecify.annotations.NullMarked;
