/** The four classic experiments on a balancer, run over HTTP, with charts and a page. */
@NullMarked
package io.hashring.demo.analysis;

import org.jspecify.annotations.NullMarked;
