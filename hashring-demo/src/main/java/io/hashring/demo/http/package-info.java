/** What every server and client of the demo shares. */
@NullMarked
package io.hashring.demo.http;

import org.jspecify.annotations.NullMarked;
