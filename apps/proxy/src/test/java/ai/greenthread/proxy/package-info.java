/** Tests of lc-proxy over real sockets. */
@NullMarked
package ai.greenthread.proxy;

import org.jspecify.annotations.NullMarked;
