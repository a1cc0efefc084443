/**
 * Placements, for whoever must agree with another system about where nodes and keys lie.
 *
 * <p>A ring uses {@link io.hashring.placement.Placements#v1 placement v1} unless it is told
 * otherwise. For agreement {@link io.hashring.placement.Placements} has two dozen others, and
 * {@link io.hashring.placement.NodeNames} the ids that go with them.
 */
@NullMarked
package io.hashring.placement;

import org.jspecify.annotations.NullMarked;
