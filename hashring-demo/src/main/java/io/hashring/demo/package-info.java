/**
 * A thin HTTP load balancer: the ring decides which replica owns a request, Vert.x carries the
 * bytes. For people who want to see a ring at work; nothing here is an API.
 */
@NullMarked
package io.hashring.demo;

import org.jspecify.annotations.NullMarked;
