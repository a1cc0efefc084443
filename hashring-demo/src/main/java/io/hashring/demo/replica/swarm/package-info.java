/** Replicas that a Docker Swarm runs, on any number of hosts. */
@NullMarked
package io.hashring.demo.replica.swarm;

import org.jspecify.annotations.NullMarked;
