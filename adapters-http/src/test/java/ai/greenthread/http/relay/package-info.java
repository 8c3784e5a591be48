/** Contract tests of the relay: what a proxy must do at every split point and at every failure. */
@NullMarked
package ai.greenthread.http.relay;

import org.jspecify.annotations.NullMarked;
