/**
 * A thin HTTP load balancer: the ring decides which replica owns a request, Vert.x carries the
 * bytes. This package has the command line, and puts the parts together. For people who want to see
 * a ring at work; nothing here is an API, and what is public is so for the packages above.
 */
@NullMarked
package io.hashring.demo;

import org.jspecify.annotations.NullMarked;
