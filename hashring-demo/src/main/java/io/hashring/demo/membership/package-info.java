/** Who is behind the balancer: the ring, health, and all that changes either. */
@NullMarked
package io.hashring.demo.membership;

import org.jspecify.annotations.NullMarked;
