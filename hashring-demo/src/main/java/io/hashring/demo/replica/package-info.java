/** Where replicas come from, and a replica of our own. */
@NullMarked
package io.hashring.demo.replica;

import org.jspecify.annotations.NullMarked;
