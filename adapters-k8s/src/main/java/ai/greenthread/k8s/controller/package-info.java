/**
 * Makes what Models ask for and says how they fare. What to do is decided by pure functions of what
 * is seen; this package's reconciler only carries it out.
 */
@NullMarked
package ai.greenthread.k8s.controller;

import org.jspecify.annotations.NullMarked;
