@NullMarked
package io.hashring.bench.peer;

import org.jspecify.annotations.NullMarked;
