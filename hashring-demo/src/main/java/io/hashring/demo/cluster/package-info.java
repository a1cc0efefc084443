/** The list of members that several balancers share. */
@NullMarked
package io.hashring.demo.cluster;

import org.jspecify.annotations.NullMarked;
