/**
 * The libraries that are measured, each behind the one face that the benchmarks know: a file per
 * peer, whose Javadoc says how it is configured.
 */
@NullMarked
package io.hashring.bench.peer;

import org.jspecify.annotations.NullMarked;
