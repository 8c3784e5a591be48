/** The ledger over GPU objects against a real API server. */
@NullMarked
package ai.greenthread.k8s.ledger;

import org.jspecify.annotations.NullMarked;
