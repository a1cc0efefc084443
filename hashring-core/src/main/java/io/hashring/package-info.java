/**
 * The ring, for everyone who has to decide which node a key belongs to.
 *
 * <p>Start at {@link io.hashring.HashRing}.
 */
@NullMarked
package io.hashring;

import org.jspecify.annotations.NullMarked;
