/**
 * Placements, for whoever must agree with another system about where nodes and keys lie.
 *
 * <p>A ring uses {@link io.hashring.placement.Placements#v1 placement v1} unless it is told
 * otherwise.
 */
@NullMarked
package io.hashring.placement;

import org.jspecify.annotations.NullMarked;
