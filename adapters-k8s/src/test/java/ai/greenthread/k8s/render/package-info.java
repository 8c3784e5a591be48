/** What a Model becomes on a cluster, object by object. */
@NullMarked
package ai.greenthread.k8s.render;

import org.jspecify.annotations.NullMarked;
