/** Decisions of the controller, and what it makes of a real API server. */
@NullMarked
package ai.greenthread.k8s.controller;

import org.jspecify.annotations.NullMarked;
