/** What a Model becomes on a cluster: pure functions from a Model and its devices to objects. */
@NullMarked
package ai.greenthread.k8s.render;

import org.jspecify.annotations.NullMarked;
