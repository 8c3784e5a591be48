/** A real etcd, API server and controllers for tests, and a proxy that spoils the way to it. */
@NullMarked
package ai.greenthread.k8s.controlplane;

import org.jspecify.annotations.NullMarked;
