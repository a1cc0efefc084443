/**
 * Placements, for whoever writes one or needs another than the default.
 *
 * <p>A ring uses {@link io.hashring.placement.Placements#v1 placement v1} unless it is told
 * otherwise. Those of other systems are in {@code io.hashring.interop}.
 */
@NullMarked
package io.hashring.placement;

import org.jspecify.annotations.NullMarked;
