/** What packages of this library share and nobody else sees: this package is not exported. */
@NullMarked
package io.hashring.internal;

import org.jspecify.annotations.NullMarked;
