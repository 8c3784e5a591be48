/**
 * The ledger over GPU objects: resourceVersion is the version, the status subresource the store.
 */
@NullMarked
package ai.greenthread.k8s.ledger;

import org.jspecify.annotations.NullMarked;
