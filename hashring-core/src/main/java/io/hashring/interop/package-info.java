/**
 * Agreement with other systems, for whoever must find the same node as a proxy, a client of
 * memcached, a data store or a library of another language does.
 *
 * <p>Placements come by family: {@link io.hashring.interop.ProxyPlacements},
 * {@link io.hashring.interop.MemcachedPlacements}, {@link io.hashring.interop.StorePlacements} and
 * {@link io.hashring.interop.LibraryPlacements}. {@link io.hashring.interop.NodeNames} makes the
 * ids that go with them, {@link io.hashring.interop.InteropFunctions} has their hash functions.
 * Nobody else needs any of this. The page {@code docs/interop.md} has versions, peculiarities and
 * what was compared.
 */
@NullMarked
package io.hashring.interop;

import org.jspecify.annotations.NullMarked;
