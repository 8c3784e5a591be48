/**
 * The relay's benchmark: one interleaved run of our gateways, plain peers and no gateway at all,
 * before the same mock and under the same load, told as a table, as JSON and as a page.
 */
@NullMarked
package ai.greenthread.bench;

import org.jspecify.annotations.NullMarked;
