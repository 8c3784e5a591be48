/** The report of a simulation as one HTML page that needs nothing beside itself. */
@NullMarked
package ai.greenthread.cli.simulate.html;

import org.jspecify.annotations.NullMarked;
