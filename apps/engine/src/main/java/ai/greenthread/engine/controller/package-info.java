/** The controller's process: leads or waits, and shows how it fares. */
@NullMarked
package ai.greenthread.engine.controller;

import org.jspecify.annotations.NullMarked;
