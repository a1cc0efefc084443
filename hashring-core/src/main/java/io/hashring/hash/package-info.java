/**
 * Hash functions, for whoever plugs one into a ring.
 *
 * <p>A ring uses {@link io.hashring.hash.HashFunctions#xxh3_64()} unless it is told otherwise.
 */
@NullMarked
package io.hashring.hash;

import org.jspecify.annotations.NullMarked;
