/**
 * The way of a request: let in or refused, given a key, and carried to the replica that owns it.
 */
@NullMarked
package io.hashring.demo.proxy;

import org.jspecify.annotations.NullMarked;
