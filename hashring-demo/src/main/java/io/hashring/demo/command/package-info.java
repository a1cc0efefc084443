/** Questions about rings, asked from a shell: what {@code docs/commands.md} describes. */
@NullMarked
package io.hashring.demo.command;

import org.jspecify.annotations.NullMarked;
