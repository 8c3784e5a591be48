/** Tests of the front door: a real sidecar behind it, with effects that do as they are told. */
@NullMarked
package ai.greenthread.http.sidecar;

import org.jspecify.annotations.NullMarked;
