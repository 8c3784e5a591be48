/**
 * The image's command line. It knows every process of the engine, and none of them knows it, so
 * that it stands apart from what they share.
 */
@NullMarked
package ai.greenthread.engine.command;

import org.jspecify.annotations.NullMarked;
