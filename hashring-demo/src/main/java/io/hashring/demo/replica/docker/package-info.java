/** Replicas in containers. */
@NullMarked
package io.hashring.demo.replica.docker;

import org.jspecify.annotations.NullMarked;
