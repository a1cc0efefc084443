/** The one class that has to live beside grpc-java's own to reach its ring. */
@NullMarked
package io.grpc.xds;

import org.jspecify.annotations.NullMarked;
