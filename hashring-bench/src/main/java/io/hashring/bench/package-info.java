/**
 * What a ring costs and what it gives, beside other libraries: one JMH benchmark per question, a
 * report of everything that is not a time, and the page that shows both.
 */
@NullMarked
package io.hashring.bench;

import org.jspecify.annotations.NullMarked;
