/** The engine on a Kubernetes cluster, as gtctl reaches it: through the API server alone. */
@NullMarked
package ai.greenthread.cli.cluster;

import org.jspecify.annotations.NullMarked;
