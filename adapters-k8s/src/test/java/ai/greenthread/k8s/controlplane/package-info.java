/** A real etcd and API server for tests, and a proxy that spoils the way to it. */
@NullMarked
package ai.greenthread.k8s.controlplane;

import org.jspecify.annotations.NullMarked;
