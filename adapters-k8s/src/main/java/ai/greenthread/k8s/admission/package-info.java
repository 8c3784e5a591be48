/**
 * Validating admission: what an API server asks about an object and what it is told, and the
 * certificate with which whoever answers shows who it is.
 */
@NullMarked
package ai.greenthread.k8s.admission;

import org.jspecify.annotations.NullMarked;
