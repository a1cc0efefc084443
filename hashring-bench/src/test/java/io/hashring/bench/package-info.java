@NullMarked
package io.hashring.bench;

import org.jspecify.annotations.NullMarked;
